import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  after,
  type Binding,
  bindingField,
  Checks,
  type ClusterBinding,
  oneOf,
  Platform,
  type WorkloadIdentity,
} from "aistack-core";
import { metadataServer } from "../shared/metadata-server";
import { placeOf } from "../shared/place";
import { principalOf } from "../shared/principal";
import { componentName } from "../shared/rules";
import { bindGrants, grantsOf } from "./grants";

const type = "aistack-gcp:index:AccessGrant";

/** Arguments of AccessGrant. */
export interface AccessGrantArgs {
  /** GKE cluster that the workload runs in, of the provider's project. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Workload that is granted the access: its namespace and service account. */
  identity: pulumi.Input<WorkloadIdentity>;
  /**
   * What is granted, such as `access.read` of a bucket's binding. Each rule that is still to come holds one role, and a
   * list that is still to come holds one role in all: a preview has to know how many bindings there will be.
   */
  access: pulumi.Input<pulumi.Input<AccessRule>[]>;
  /** Project of the things that are granted. Defaults to the provider's. */
  project?: pulumi.Input<string>;
}

/**
 * Lets one workload of a GKE cluster do what access rules allow, through Workload Identity Federation and without any
 * stored key or service account of Google Cloud.
 */
export class AccessGrant extends pulumi.ComponentResource {
  /** The workload as IAM knows it. */
  public readonly principal: pulumi.Output<string>;
  /** For `uses` of the workload: the way to the server on its node that gives it credentials, once it may use them. */
  public readonly binding: pulumi.Output<Binding>;

  constructor(name: string, args: AccessGrantArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const check = new Checks(type, name);
    check.value("name", name, componentName);
    const platform = check.value("cluster.platform", bindingField(args.cluster, "platform"), oneOf([Platform.Gcp]));
    const grants = grantsOf(check, args.access);
    check.done();
    super(type, name, args, opts);

    const place = placeOf(this);
    const principal = principalOf(place, args.identity, platform);

    const project = args.project ?? place.project;
    const bindings = bindGrants(name, grants, { project, member: principal }, { parent: this });
    this.principal = after(principal, ...bindings);
    this.binding = after({ kind: "identity", name, egress: metadataServer }, ...bindings);
    this.registerOutputs({ principal: this.principal, binding: this.binding });
  }
}
