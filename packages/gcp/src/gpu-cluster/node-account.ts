import { RepositoryIamMember } from "@pulumi/gcp/artifactregistry";
import { IAMMember } from "@pulumi/gcp/projects";
import { Account } from "@pulumi/gcp/serviceaccount";
import * as pulumi from "@pulumi/pulumi";
import { after, limitedName, type Mirror } from "aistack-core";
import type { Place } from "../shared/place";
import * as defaults from "./defaults";

/** What the account of the nodes is made from. */
export interface NodeAccountArgs {
  clusterName: string;
  place: Place;
  mirror?: Mirror;
}

/** The service account of all nodes: what a kubelet needs and nothing for pods, which have identities of their own. */
export class NodeAccount extends pulumi.ComponentResource {
  /** E-mail address of the account, once it may do what nodes do. */
  readonly email: pulumi.Output<string>;

  constructor(name: string, { clusterName, place, mirror }: NodeAccountArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:NodeAccount", name, {}, opts);
    const child = { parent: this };
    const account = new Account(
      `${name}-account`,
      {
        accountId: limitedName(`${clusterName}-nodes`, 30),
        displayName: `Nodes of GKE cluster ${clusterName}`,
      },
      child,
    );
    const member = pulumi.interpolate`serviceAccount:${account.email}`;
    const grants: pulumi.Resource[] = [
      new IAMMember(`${name}-role`, { project: place.project, role: defaults.nodeRole, member }, child),
    ];
    const repository = artifactRegistry(mirror?.images);
    if (repository)
      grants.push(
        new RepositoryIamMember(
          `${name}-mirror`,
          { ...repository, role: "roles/artifactregistry.reader", member },
          child,
        ),
      );
    this.email = after(account.email, ...grants);
    this.registerOutputs({});
  }
}

/** The repository that holds the mirrored images, if it is one of Google's, which nodes are let to read. */
function artifactRegistry(images: string | undefined) {
  const match = /^([a-z0-9-]+)-docker\.pkg\.dev\/([^/]+)\/([^/]+)/.exec(images ?? "");
  if (!match) return undefined;
  const [, location = "", project = "", repository = ""] = match;
  return { location, project, repository };
}
