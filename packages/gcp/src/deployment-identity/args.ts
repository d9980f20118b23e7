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
import { componentName, kmsKeyName } from "../shared/rules";
import * as defaults from "./defaults";
import { subjectsIn } from "./trust";

/** Arguments of DeploymentIdentity. */
export interface DeploymentIdentityArgs extends CiIdentityArgs {
  /**
   * Name of a pool to make the provider in, by the number of its project:
   * `projects/123456789012/locations/global/workloadIdentityPools/ci`. When omitted, a pool is created.
   */
  workloadIdentityPool?: pulumi.Input<string>;
  /** Roles on the project of the account that deploys. Defaults to those that the components of this package are made with. */
  deployRoles?: string[];
  /**
   * Roles that the account which deploys may give to others on the project, 10 at most; an empty list for none. Defaults to
   * those that the components of this package give to workloads.
   */
  grantableRoles?: string[];
  /** Roles on the project of the account that plans. Defaults to browser and security reviewer, which read no data. */
  planRoles?: string[];
}

/** Arguments with defaults, gated where they are still to come. */
export interface IdentityPlan extends CiIdentityPlan {
  workloadIdentityPool?: pulumi.Input<string>;
  deployRoles: string[];
  grantableRoles: string[];
  planRoles: string[];
  secretsKey?: pulumi.Input<string>;
}

/** Judges all arguments and throws every fault at once. */
export function checkIdentity(type: string, name: string, args: DeploymentIdentityArgs): IdentityPlan {
  const check = new Checks(type, name);
  check.value("name", name, componentName);
  const pipeline = checkCiIdentity(check, Platform.Gcp, args);
  for (const subject of subjectsIn(pipeline.trust))
    if (subject.length > defaults.longestSubject)
      check.fault(
        "branches",
        `make the subject "${subject}", of which Google Cloud takes ${defaults.longestSubject} characters; name a shorter branch or environment`,
      );
  check.value("deployRoles", args.deployRoles, eachOnce);
  check.value("planRoles", args.planRoles, eachOnce);
  check.value("grantableRoles", args.grantableRoles, grantable);
  const plan: IdentityPlan = {
    ...pipeline,
    workloadIdentityPool: check.value("workloadIdentityPool", args.workloadIdentityPool, poolName),
    deployRoles: args.deployRoles ?? defaults.deployRoles,
    grantableRoles: args.grantableRoles ?? defaults.grantableRoles,
    planRoles: args.planRoles ?? defaults.planRoles,
    secretsKey: check.value("secretsKey", args.secretsKey, kmsKeyName),
  };
  check.done();
  return plan;
}

const poolName = matching(
  /^projects\/\d+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]{4,32}$/,
  "the name of a pool such as projects/123456789012/locations/global/workloadIdentityPools/ci, with the number of its project",
);

/** By these an account gives rights to itself, or lets others act as it. */
const selfServing =
  /^roles\/(owner|editor|viewer|resourcemanager\..+|iam\.(securityAdmin|serviceAccountAdmin|serviceAccountKeyAdmin|serviceAccountOpenIdTokenCreator|serviceAccountTokenCreator|workloadIdentity.+|workforce.+|roleAdmin|organizationRoleAdmin|denyAdmin|admin|orgAdmin))$/;

const role: Rule<string> = (value) => {
  if (selfServing.test(value)) return "lets its holder give rights to itself or to anybody; name roles of services";
  const isRole = /^(roles\/[A-Za-z0-9.]+|(projects|organizations)\/[^/\s"']+\/roles\/[A-Za-z0-9_.]+)$/.test(value);
  return isRole ? undefined : "must be a role such as roles/storage.admin";
};

const eachOnce: Rule<string[]> = (roles) => {
  const twice = roles.find((one, index) => roles.indexOf(one) !== index);
  return twice === undefined ? listOf(role)(roles) : `must hold "${twice}" once`;
};

const grantable: Rule<string[]> = (roles) => {
  if (roles.length > defaults.mostGrantable)
    return `has ${roles.length} items, but one condition may have ${defaults.mostGrantable}; leave some out`;
  return eachOnce(roles);
};
