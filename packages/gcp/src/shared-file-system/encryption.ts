import { ServiceIdentity } from "@pulumi/gcp/projects";
import type * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { rotatedKey, useOfKey } from "../shared/key";
import type { Place } from "../shared/place";
import { FileService } from "./args";

/** What the encryption of files is made from. */
export interface FileEncryptionArgs {
  service: FileService;
  /** Key that exists, whose owner has let the service's agent use it. */
  kmsKey?: pulumi.Input<string>;
  place: Place;
  labels: pulumi.Input<{ [key: string]: string }>;
  retain: boolean;
}

/** The key of the files, and the agent that encrypts with it. */
export interface FileEncryption {
  /** Name of the key, once the agent can use it. */
  keyName: pulumi.Input<string>;
  /** The service in the project, as IAM knows it. */
  agent: pulumi.Output<string>;
}

const apis = { [FileService.Filestore]: "file.googleapis.com", [FileService.ManagedLustre]: "lustre.googleapis.com" };

/** A key that the service can use. In a project that never used the service, its agent is only there once asked for. */
export function fileEncryption(
  name: string,
  { service, kmsKey, place, labels, retain }: FileEncryptionArgs,
  child: pulumi.CustomResourceOptions,
): FileEncryption {
  const agent = new ServiceIdentity(`${name}-agent`, { service: apis[service] }, child).member;
  if (kmsKey !== undefined) return { keyName: kmsKey, agent };
  const key = rotatedKey(name, { location: place.region, labels }, { ...child, retainOnDelete: retain });
  return { keyName: after(key.id, useOfKey(`${name}-files-key`, key, agent, child)), agent };
}
