import type * as pulumi from "@pulumi/pulumi";
import {
  Checks,
  type CiIdentityArgs,
  type CiIdentityPlan,
  checkCiIdentity,
  listOf,
  matching,
  Platform,
  type Rule,
} from "aistack-core";
import { componentName, kmsKeyArn } from "../shared/rules";
import * as defaults from "./defaults";

/** Arguments of DeploymentIdentity. */
export interface DeploymentIdentityArgs extends CiIdentityArgs {
  /**
   * ARN of the OpenID Connect provider of the issuer, where the account has one: it can have one of a URL. It must take the
   * audience `sts.amazonaws.com`. When omitted, one is created.
   */
  oidcProviderArn?: pulumi.Input<string>;
  /** Services that pipelines may use at all, by the prefix of their actions. Defaults to those that components of this package use. */
  services?: string[];
  /** Regions that pipelines may use services in. Defaults to the provider's. */
  regions?: pulumi.Input<pulumi.Input<string>[]>;
  /**
   * Path of the roles and policies that pipelines may make, change and hand to services, such as "/aistack/". Roles elsewhere
   * are out of their reach. Defaults to "/aistack/".
   */
  rolePath?: string;
  /**
   * ARN of the policy that bounds both roles, and all roles that pipelines make. When omitted, one is created from `services`,
   * `regions` and `rolePath`.
   */
  permissionsBoundaryArn?: pulumi.Input<string>;
  /**
   * ARNs of the policies of the role that deploys, 10 at most. The order decides names: add at the end. When omitted, it may
   * do what the boundary that is created allows.
   */
  policyArns?: pulumi.Input<string>[];
  /** ARNs of the policies of the role that plans, 10 at most. Defaults to SecurityAudit and ViewOnlyAccess of AWS, which read no data. */
  planPolicyArns?: pulumi.Input<string>[];
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Arguments with defaults, gated where they are still to come. */
export interface IdentityPlan extends CiIdentityPlan {
  oidcProviderArn?: pulumi.Input<string>;
  services: string[];
  regions?: pulumi.Input<string[]>;
  rolePath: string;
  permissionsBoundaryArn?: pulumi.Input<string>;
  policyArns?: pulumi.Input<string>[];
  planPolicyArns?: pulumi.Input<string>[];
  secretsKey?: pulumi.Input<string>;
}

/** Judges all arguments and throws every fault at once. */
export function checkIdentity(type: string, name: string, args: DeploymentIdentityArgs): IdentityPlan {
  const check = new Checks(type, name);
  check.value("name", name, componentName);
  const pipeline = checkCiIdentity(check, Platform.Aws, args);
  const { issuerUrl } = pipeline.trust;
  if (args.repositoryId !== undefined && issuerUrl !== defaults.claimsIssuer)
    check.fault(
      "repositoryId",
      `has no effect on AWS, which of the tokens of ${issuerUrl} compares subject and audience alone; leave it out`,
    );
  if (args.permissionsBoundaryArn !== undefined && args.policyArns !== undefined)
    for (const field of ["services", "regions", "rolePath"] as const)
      if (args[field] !== undefined)
        check.fault(field, "has no effect where `permissionsBoundaryArn` and `policyArns` say all; leave it out");
  const plan: IdentityPlan = {
    ...pipeline,
    oidcProviderArn: check.value("oidcProviderArn", args.oidcProviderArn, providerOf(issuerUrl)),
    services: args.services ?? defaults.services,
    regions: check.value("regions", args.regions as pulumi.Input<string[]> | undefined, listOf(region, 1)),
    rolePath: args.rolePath ?? defaults.rolePath,
    permissionsBoundaryArn: check.value("permissionsBoundaryArn", args.permissionsBoundaryArn, policyArn),
    policyArns: policies(check, "policyArns", args.policyArns),
    planPolicyArns: policies(check, "planPolicyArns", args.planPolicyArns),
    secretsKey: check.value("secretsKey", args.secretsKey, kmsKeyArn),
  };
  check.value("services", args.services, listOf(service, 1));
  check.value("rolePath", args.rolePath, rolePath);
  check.done();
  return plan;
}

const policyArn = matching(
  /^arn:[a-z-]+:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/,
  "the ARN of an IAM policy such as arn:aws:iam::123456789012:policy/boundary",
);

const narrowPolicyArn: Rule<string> = (arn) =>
  defaults.widePolicies.test(arn) ? "allows nearly everything; name policies with what is needed" : policyArn(arn);

const region = matching(/^[a-z]{2,}(-[a-z]+)+-\d+$/, "a region such as eu-central-1");

const service: Rule<string> = (prefix) => {
  if (defaults.refusedServices.includes(prefix))
    return "would let pipelines give themselves rights, or leave the account; rights on IAM are made from `rolePath`";
  return /^[a-z0-9-]{2,63}$/.test(prefix) ? undefined : 'must be the prefix of a service\'s actions such as "ec2"';
};

const rolePath = matching(
  /^\/([A-Za-z0-9_.-]+\/){1,20}$/,
  'a path of IAM such as "/aistack/"; the path "/" would reach the roles of everybody',
);

/** IAM calls a provider by its URL without the scheme, so that one of another issuer is noticed. */
const providerOf =
  (issuerUrl: string): Rule<string> =>
  (arn) => {
    const [, url] = /^arn:[a-z-]+:iam::\d{12}:oidc-provider\/(.+)$/.exec(arn) ?? [];
    const wanted = issuerUrl.replace(/^https:\/\//, "");
    return url === wanted
      ? undefined
      : `must be the ARN of the provider of ${issuerUrl}, such as arn:aws:iam::123456789012:oidc-provider/${wanted}`;
  };

function policies(
  check: Checks,
  field: "policyArns" | "planPolicyArns",
  arns: pulumi.Input<string>[] | undefined,
): pulumi.Input<string>[] | undefined {
  if (arns && arns.length > defaults.mostPolicies)
    check.fault(
      field,
      `has ${arns.length} items, but a role may have ${defaults.mostPolicies}; put some into one policy`,
    );
  return arns?.map((arn, index) => check.value(`${field}[${index}]`, arn, narrowPolicyArn));
}
