import { IAMMember } from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";
import { type AccessRule, type LakeTeamPlan, limitedName } from "aistack-core";
import { AccessGrant } from "../access-grant/access-grant";
import type { Place } from "../shared/place";
import { roles } from "./defaults";

/** What a team's rights are made from, beside those that are part of the zones. */
export interface LakeTeamParts {
  team: LakeTeamPlan;
  access: pulumi.Output<AccessRule>[];
  place: Place;
}

/** Length of a name that AccessGrant takes. */
const longestGrantName = 30;

/** The rights of one team's workloads, and to run queries at all. */
export class LakeTeam extends pulumi.ComponentResource {
  constructor(name: string, { team, access, place }: LakeTeamParts, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:LakeTeam", name, {}, opts);
    const child = { parent: this };
    const runsQueries = (suffix: string, member: pulumi.Input<string>) =>
      new IAMMember(`${name}-${suffix}-queries`, { project: place.project, role: roles.runQueries, member }, child);
    team.principals.forEach((member, index) => {
      runsQueries(`people-${index + 1}`, member);
    });
    const { cluster } = team;
    if (cluster !== undefined)
      team.identities.forEach((identity, index) => {
        const grant = limitedName(`${name}-${index + 1}`, longestGrantName);
        const { principal } = new AccessGrant(grant, { cluster, identity, access }, child);
        runsQueries(String(index + 1), principal);
      });
    this.registerOutputs({});
  }
}
