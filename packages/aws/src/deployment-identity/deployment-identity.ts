import { OpenIdConnectProvider, Policy } from "@pulumi/aws/iam";
import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type CiTrust,
  DataClass,
  type DeploymentIdentityBinding,
  limitedName,
  Platform,
  standardTags,
} from "aistack-core";
import { type Place, placeOf } from "../shared/place";
import { policyDocument } from "../shared/policy";
import { checkIdentity, type DeploymentIdentityArgs, type IdentityPlan } from "./args";
import * as defaults from "./defaults";
import { DeploymentRole } from "./deployment-role";
import { denyOwnChange, type Reach, reachOf, stateStatements } from "./policy";
import { trustDeployments, trustPlans } from "./trust";

const type = "aistack-aws:index:DeploymentIdentity";

/**
 * Lets the pipelines of one repository run `pulumi preview` and `pulumi up`, by the tokens of GitHub or GitLab and without a
 * stored key: one role plans pull requests and reads alone, another deploys what is on a branch.
 */
export class DeploymentIdentity extends pulumi.ComponentResource {
  /** What the file of a pipeline needs, for `aistack pipeline`. Nothing of it is a secret. */
  public readonly binding: pulumi.Output<DeploymentIdentityBinding>;
  /** ARN of the policy that every role which a pipeline makes has to carry. Absent with `existing`. */
  public readonly permissionsBoundaryArn: pulumi.Output<string | undefined>;

  constructor(name: string, args: DeploymentIdentityArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkIdentity(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.permissionsBoundaryArn = pulumi.output(undefined);
      this.registerOutputs({ ...this.#outputs(), compliance: args.compliance });
      return;
    }
    const place = placeOf(this);
    const tags = standardTags(type, DataClass.Internal, args.tags);
    const names = namesOf(name);
    const iam = (rest: string) => pulumi.interpolate`arn:${place.partition}:iam::${place.accountId}:${rest}`;

    const provider = pulumi.output(plan.oidcProviderArn ?? trustedIssuer(name, plan.trust, tags, this));
    const reach: Reach = {
      place,
      services: plan.services,
      regions: plan.regions ?? place.region.apply((region) => [region]),
      rolePath: plan.rolePath,
      boundaryArn: plan.permissionsBoundaryArn ?? iam(`policy/${names.boundary}`),
    };
    const own = [iam(`role/${names.plan}`), iam(`role/${names.deploy}`), iam(`policy/${names.boundary}`), provider];
    const boundaryArn = pulumi.output(
      plan.permissionsBoundaryArn ?? boundary(name, names.boundary, reach, own, tags, this),
    );
    const roles = rolesOf(name, names, { plan, place, provider, reach, boundaryArn, tags }, this);

    this.permissionsBoundaryArn = boundaryArn;
    this.binding = bindingOf(plan, place, provider, roles);
    this.registerOutputs({ ...this.#outputs(), compliance: args.compliance });
  }

  #outputs() {
    return { binding: this.binding, permissionsBoundaryArn: this.permissionsBoundaryArn };
  }
}

type Tags = pulumi.Output<{ [key: string]: string }>;

/** Names that policies hold before the things are there. IAM's names end at 64 characters. */
function namesOf(name: string) {
  const named = (end: string) => `${limitedName(`${name}-${pulumi.getStack()}`, 64 - end.length)}${end}`;
  return { plan: named("-plan"), deploy: named("-deploy"), boundary: named("-boundary") };
}

/** IAM takes the keys of the issuer by its certificate, whose authority it knows: a thumbprint is not needed. */
function trustedIssuer(
  name: string,
  { issuerUrl }: CiTrust,
  tags: Tags,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const provider = new OpenIdConnectProvider(
    `${name}-provider`,
    { url: issuerUrl, clientIdLists: [defaults.audience], tags },
    { parent },
  );
  return provider.arn;
}

function boundary(
  name: string,
  policyName: string,
  reach: Reach,
  own: pulumi.Input<string>[],
  tags: Tags,
  parent: pulumi.Resource,
): pulumi.Output<string> {
  const policy = new Policy(
    `${name}-boundary`,
    {
      name: policyName,
      description: `All that pipelines of ${name}, and roles that they make, may do at most`,
      policy: policyDocument([...reachOf(reach), denyOwnChange(own)]),
      tags,
    },
    { parent },
  );
  return policy.arn;
}

interface Roles {
  planIdentity: pulumi.Output<string>;
  deployIdentity: pulumi.Output<string>;
}

function rolesOf(
  name: string,
  names: ReturnType<typeof namesOf>,
  args: {
    plan: IdentityPlan;
    place: Place;
    provider: pulumi.Output<string>;
    reach: Reach;
    boundaryArn: pulumi.Output<string>;
    tags: Tags;
  },
  parent: pulumi.Resource,
): Roles {
  const { plan, place, provider, reach, boundaryArn, tags } = args;
  const { trust, state, secretsKey } = plan;
  const stateOf = (writes: boolean): { [about: string]: pulumi.Output<string> } =>
    state === undefined && secretsKey === undefined
      ? {}
      : { state: stateStatements(place, state, secretsKey, writes).apply(policyDocument) };
  const managed = defaults.planPolicies.map(
    (policy) => pulumi.interpolate`arn:${place.partition}:iam::aws:policy/${policy}`,
  );
  const plans = new DeploymentRole(
    `${name}-plan`,
    {
      roleName: names.plan,
      description: `Plans pull requests of ${trust.repository}`,
      trust: trustPlans(trust, provider),
      boundaryArn,
      policyArns: plan.planPolicyArns ?? managed,
      policies: stateOf(false),
      tags,
    },
    { parent },
  );
  const deploys = new DeploymentRole(
    `${name}-deploy`,
    {
      roleName: names.deploy,
      description: `Deploys ${trust.branches.join(", ")} of ${trust.repository}`.slice(0, 1000),
      trust: trustDeployments(trust, provider),
      boundaryArn,
      policyArns: plan.policyArns ?? [],
      policies: {
        ...(plan.policyArns === undefined ? { stacks: policyDocument(reachOf(reach)) } : {}),
        ...stateOf(true),
      },
      tags,
    },
    { parent },
  );
  return { planIdentity: plans.arn, deployIdentity: deploys.arn };
}

function bindingOf(
  { trust, state }: IdentityPlan,
  { region }: Place,
  identityProvider: pulumi.Output<string>,
  { planIdentity, deployIdentity }: Roles,
): pulumi.Output<DeploymentIdentityBinding> {
  const { provider, repository, branches, environment } = trust;
  return pulumi.output({
    platform: Platform.Aws,
    provider,
    repository,
    branches,
    environment,
    identityProvider,
    planIdentity,
    deployIdentity,
    region,
    stateUrl: state && bindingField(state, "url"),
  });
}
