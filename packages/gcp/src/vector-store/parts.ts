import { Address, ForwardingRule } from "@pulumi/gcp/compute";
import { CryptoKey, KeyRing } from "@pulumi/gcp/kms";
import { ServiceIdentity } from "@pulumi/gcp/projects";
import type * as pulumi from "@pulumi/pulumi";
import { after, bindingField, type NetworkBinding, type VectorStoreInitialisation } from "aistack-core";
import { useOfKey } from "../shared/key";
import type { Place } from "../shared/place";
import type { StorePlan } from "./args";
import * as defaults from "./defaults";

/** What the parts of a store are made from. */
export interface PartArgs {
  plan: StorePlan;
  place: Place;
  keyName: pulumi.Output<string>;
  labels: pulumi.Output<{ [key: string]: string }>;
}

/** What a part tells of itself, for the binding. */
export interface Part {
  endpoint: pulumi.Output<string>;
  collection: pulumi.Output<string>;
  /** Variables beside the common ones, without the prefix. */
  environment: { [name: string]: pulumi.Input<string> };
  credentials: { [name: string]: pulumi.Input<string> };
  egress: pulumi.Input<{ port: number; cidr?: string }>[];
  /** What has to be run once, by someone who may. */
  init: pulumi.Output<string[]>;
  /** Where that is run, and by whom, if it is a database. */
  initialisation?: pulumi.Output<VectorStoreInitialisation>;
}

/** Services that encrypt with a store's key, by what their accounts and grants are named after. */
export interface KeyUsers {
  [prefix: string]: string;
}

/** A key with rotation, which the services' own accounts can use before anything is encrypted with it. */
export function storeKey(
  name: string,
  users: KeyUsers,
  { place, labels }: { place: Place; labels: pulumi.Output<{ [key: string]: string }> },
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const ring = new KeyRing(`${name}-ring`, { location: place.region }, opts);
  const key = new CryptoKey(
    `${name}-key`,
    {
      keyRing: ring.id,
      purpose: "ENCRYPT_DECRYPT",
      rotationPeriod: defaults.keyRotation,
      destroyScheduledDuration: defaults.keyDestruction,
      labels,
    },
    opts,
  );
  const grants = Object.entries(users).map(([prefix, service]) => {
    // In a project that never used the service, its account does not exist before it is asked for.
    const agent = new ServiceIdentity(`${name}-${prefix}agent`, { service }, { parent: opts.parent });
    return useOfKey(`${name}-${prefix}encrypts`, key, agent.member, opts);
  });
  return after(key.id, ...grants);
}

/** An address in the network behind which a service is: Private Service Connect. */
export function privateAddress(
  name: string,
  network: pulumi.Input<NetworkBinding>,
  serviceAttachment: pulumi.Input<string>,
  { place, labels }: Pick<PartArgs, "place" | "labels">,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const address = new Address(
    `${name}-address`,
    {
      region: place.region,
      subnetwork: bindingField(network, "privateSubnetIds").apply((ids) => ids[0] as string),
      addressType: "INTERNAL",
      labels,
    },
    opts,
  );
  const rule = new ForwardingRule(
    `${name}-service`,
    {
      region: place.region,
      network: bindingField(network, "networkId"),
      ipAddress: address.selfLink,
      target: serviceAttachment,
      // What reaches a service through Private Service Connect balances nothing.
      loadBalancingScheme: "",
      allowPscGlobalAccess: false,
      labels,
    },
    opts,
  );
  return after(address.address, rule);
}
