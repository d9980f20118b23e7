import { CryptoKeyIAMMember } from "@pulumi/gcp/kms";
import { IAMMember } from "@pulumi/gcp/projects";
import * as serviceaccount from "@pulumi/gcp/serviceaccount";
import { BucketIAMMember } from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, type ObjectStoreBinding } from "aistack-core";
import { projectGrants, type stateRoles } from "./defaults";

/** What an account of pipelines is made from. */
export interface DeploymentAccountArgs {
  accountId: string;
  displayName: string;
  project: pulumi.Input<string>;
  /** Name of the pool, once the provider is there. */
  pool: pulumi.Input<string>;
  /** Subjects of the tokens that act as the account. */
  subjects: string[];
  roles: string[];
  /** Roles that the account may give to others. */
  grantableRoles: string[];
  state?: pulumi.Input<ObjectStoreBinding>;
  secretsKey?: pulumi.Input<string>;
  /** What of state and key it is given. */
  stateRoles: (typeof stateRoles)["read"];
}

/** A service account that pipelines act as, by exact subjects of their tokens. It has no key. */
export class DeploymentAccount extends pulumi.ComponentResource {
  /** E-mail address of the account, once it may do all that it should. */
  readonly email: pulumi.Output<string>;

  constructor(name: string, args: DeploymentAccountArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:DeploymentAccount", name, {}, opts);
    const child = { parent: this };
    const { project, state, secretsKey, stateRoles } = args;
    const account = new serviceaccount.Account(
      `${name}-account`,
      { accountId: args.accountId, displayName: args.displayName },
      child,
    );
    const member = pulumi.interpolate`serviceAccount:${account.email}`;
    const grants: pulumi.Resource[] = args.subjects.map(
      (subject, index) =>
        new serviceaccount.IAMMember(
          `${name}-pipelines-${index + 1}`,
          {
            serviceAccountId: account.name,
            role: "roles/iam.workloadIdentityUser",
            member: pulumi.interpolate`principal://iam.googleapis.com/${args.pool}/subject/${subject}`,
          },
          child,
        ),
    );
    for (const role of args.roles)
      grants.push(
        new IAMMember(`${name}-${role.replace(/^roles\//, "").replaceAll("/", "-")}`, { project, role, member }, child),
      );
    if (args.grantableRoles.length > 0)
      grants.push(
        new IAMMember(
          `${name}-grants`,
          { project, role: projectGrants, member, condition: onlyGrants(args.grantableRoles) },
          child,
        ),
      );
    if (state !== undefined)
      grants.push(
        new BucketIAMMember(
          `${name}-state`,
          { bucket: bindingField(state, "bucket"), role: stateRoles.bucket, member },
          child,
        ),
      );
    if (secretsKey !== undefined)
      grants.push(
        new CryptoKeyIAMMember(`${name}-secrets`, { cryptoKeyId: secretsKey, role: stateRoles.key, member }, child),
      );
    this.email = after(account.email, ...grants);
    this.registerOutputs({});
  }
}

/** https://docs.cloud.google.com/iam/docs/setting-limits-on-granting-roles */
function onlyGrants(roles: string[]) {
  const listed = roles.map((role) => `"${role}"`).join(", ");
  return {
    title: "Only roles for workloads",
    description: "The account can give and take these roles, and no others",
    expression: `api.getAttribute("iam.googleapis.com/modifiedGrantsByRole", []).hasOnly([${listed}])`,
  };
}
