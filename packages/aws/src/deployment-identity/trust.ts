/** Who may take a role: the tokens of which pipelines. */
import type * as pulumi from "@pulumi/pulumi";
import { CiProvider, type CiTrust } from "aistack-core";
import { policyDocument, type Statement } from "../shared/policy";
import { audience, claimsIssuer } from "./defaults";

/**
 * Pipelines of pull requests, whatever is in them. GitLab's subjects name the source branch, so that all branches of the
 * project are let in; forks are not, as their tokens name the fork.
 */
export function trustPlans(trust: CiTrust, provider: pulumi.Input<string>): pulumi.Output<string> {
  if (trust.provider === CiProvider.GitHub && trust.planSubject !== undefined)
    return trustTokens(trust, provider, { StringEquals: { sub: trust.planSubject } });
  return trustTokens(trust, provider, {
    StringLike: { sub: `project_path:${trust.repository}:ref_type:branch:ref:*` },
  });
}

/** Pipelines of the branches that may deploy, or of jobs in the environment, which run on those branches. */
export function trustDeployments(trust: CiTrust, provider: pulumi.Input<string>): pulumi.Output<string> {
  const { deploySubjects, refs, issuerUrl } = trust;
  return trustTokens(trust, provider, {
    StringEquals: {
      sub: one(deploySubjects),
      ...(refs.length > 0 && issuerUrl === claimsIssuer ? { ref: one(refs) } : {}),
    },
  });
}

type Claims = { [claim: string]: string | string[] };

function trustTokens(
  { issuerUrl, repositoryId }: CiTrust,
  provider: pulumi.Input<string>,
  claims: { StringEquals?: Claims; StringLike?: Claims },
): pulumi.Output<string> {
  const issuer = issuerUrl.replace(/^https:\/\//, "");
  const named = (own: Claims = {}) =>
    Object.fromEntries(Object.entries(own).map(([claim, value]) => [`${issuer}:${claim}`, value]));
  const exact = { aud: audience, ...claims.StringEquals, ...(repositoryId ? { repository_id: repositoryId } : {}) };
  const statement: Statement = {
    Sid: "TrustPipelines",
    Effect: "Allow",
    Principal: { Federated: provider },
    Action: "sts:AssumeRoleWithWebIdentity",
    Condition: {
      StringEquals: named(exact),
      ...(claims.StringLike ? { StringLike: named(claims.StringLike) } : {}),
    },
  };
  return policyDocument([statement]);
}

const one = (values: string[]): string | string[] => (values.length === 1 ? (values[0] as string) : values);
