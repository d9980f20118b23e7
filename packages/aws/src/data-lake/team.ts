import { Policy, RolePolicyAttachment } from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import type { AccessRule, LakeTeamPlan } from "aistack-core";
import { limitedName } from "aistack-core";
import { AccessGrant } from "../access-grant/access-grant";
import { statementsOf } from "../access-grant/rules";
import { policyDocument } from "../shared/policy";

/** What a team's rights are made from. */
export interface LakeTeamParts {
  lake: string;
  team: LakeTeamPlan;
  access: pulumi.Output<AccessRule>[];
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** Length of a name that AccessGrant takes. */
const longestGrantName = 30;

/** The rights of one team, as a policy that its people's roles get, and as a role for each of its workloads. */
export class LakeTeam extends pulumi.ComponentResource {
  constructor(name: string, { lake, team, access, tags }: LakeTeamParts, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:LakeTeam", name, {}, opts);
    const child = { parent: this };
    const policy = new Policy(
      `${name}-policy`,
      {
        description: `Team ${team.name} in the lake ${lake}`,
        policy: pulumi.output(access).apply((rules) => policyDocument(statementsOf(rules))),
        tags,
      },
      child,
    );
    team.principals.forEach((role, index) => {
      new RolePolicyAttachment(`${name}-role-${index + 1}`, { role, policyArn: policy.arn }, child);
    });
    const { cluster } = team;
    if (cluster !== undefined)
      team.identities.forEach((identity, index) => {
        const grant = limitedName(`${name}-${index + 1}`, longestGrantName);
        new AccessGrant(grant, { cluster, identity, access }, child);
      });
    this.registerOutputs({});
  }
}
