import type * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  bindingField,
  Checks,
  type ClusterBinding,
  dnsLabel,
  oneOf,
  Platform,
  type Rule,
  type WorkloadIdentity,
  type WorkloadIssuerBinding,
} from "aistack-core";
import { componentName } from "../shared/rules";
import { accessRule } from "./rules";

/** Arguments of AccessGrant. */
export interface AccessGrantArgs {
  /** Cluster that the workload runs in: EKS, or with `issuer` any other. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Workload that is granted the access: its namespace and service account. */
  identity: pulumi.Input<WorkloadIdentity>;
  /** What is granted, such as `access.read` of a bucket's binding. */
  access: pulumi.Input<pulumi.Input<AccessRule>[]>;
  /**
   * Issuer of the cluster's service-account tokens that AWS trusts: the binding of a WorkloadIssuer. Required for a cluster
   * that is not EKS. When given, the workload shows a token of its own instead of asking EKS Pod Identity.
   */
  issuer?: pulumi.Input<WorkloadIssuerBinding>;
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments that were judged, gated where they are still to come. */
export interface GrantPlan {
  /** Name of the cluster; nothing is made for one that the grant does not work in. */
  platform: pulumi.Input<Platform>;
  rules: pulumi.Input<AccessRule[]>;
  identity: pulumi.Input<WorkloadIdentity>;
  issuer?: pulumi.Input<WorkloadIssuerBinding>;
}

/** Judges all arguments and throws every fault at once. */
export function checkGrant(type: string, name: string, args: AccessGrantArgs): GrantPlan {
  const check = new Checks(type, name);
  check.value("name", name, componentName);
  const platforms = args.issuer === undefined ? onlyEks : oneOf(Object.values(Platform));
  const plan: GrantPlan = {
    platform: check.value("cluster.platform", bindingField(args.cluster, "platform"), platforms),
    rules: check.value("access", args.access as pulumi.Input<AccessRule[]>, (list) =>
      list.length === 0 ? "must have 1 rule or more" : list.map(accessRule).find(Boolean),
    ),
    identity: check.value("identity", args.identity, workloadIdentity),
    issuer: check.value("issuer", args.issuer, trustedIssuer),
  };
  check.done();
  return plan;
}

const onlyEks: Rule<Platform> = (platform) =>
  platform === Platform.Aws
    ? undefined
    : "must be one of aws; for a cluster elsewhere give `issuer`, the binding of a WorkloadIssuer";

/** IAM compares these as they are: a name with a wildcard or a colon in it would mean something else. */
const workloadIdentity: Rule<WorkloadIdentity> = ({ namespace, serviceAccount }) => {
  const fault = dnsLabel(namespace);
  if (fault) return `has a namespace that ${fault}`;
  return /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(serviceAccount)
    ? undefined
    : "has a service account that is not named like one: lower-case letters, digits, hyphens and dots";
};

const trustedIssuer: Rule<WorkloadIssuerBinding> = ({ platform, url, provider, audience }) => {
  if (platform !== Platform.Aws)
    return `is trusted by platform "${platform}", not by AWS; give that of a WorkloadIssuer`;
  if (!/^https:\/\/[a-z0-9.-]+(\/[\w./-]*[\w-])?$/.test(url)) return "has a url that does not start with https://";
  if (!/^arn:[a-z-]+:iam::\d{12}:oidc-provider\/./.test(provider))
    return "has a provider that is not the ARN of an OpenID Connect provider in IAM";
  return audience ? undefined : "has no audience";
};
