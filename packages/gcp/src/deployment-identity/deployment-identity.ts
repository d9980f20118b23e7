import { WorkloadIdentityPool, WorkloadIdentityPoolProvider } from "@pulumi/gcp/iam";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, type CiTrust, type DeploymentIdentityBinding, limitedName, Platform } from "aistack-core";
import { type Place, placeOf } from "../shared/place";
import { asName } from "../shared/rules";
import { checkIdentity, type DeploymentIdentityArgs, type IdentityPlan } from "./args";
import * as defaults from "./defaults";
import { DeploymentAccount } from "./deployment-account";
import { conditionOf, mappingOf, planSubjectOf } from "./trust";

const type = "aistack-gcp:index:DeploymentIdentity";

/**
 * Lets the pipelines of one repository run `pulumi preview` and `pulumi up`, by the tokens of GitHub or GitLab and without a
 * stored key: one service account plans pull requests and reads alone, another deploys what is on a branch.
 */
export class DeploymentIdentity extends pulumi.ComponentResource {
  /** What the file of a pipeline needs, for `aistack pipeline`. Nothing of it is a secret. */
  public readonly binding: pulumi.Output<DeploymentIdentityBinding>;

  constructor(name: string, args: DeploymentIdentityArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const plan = checkIdentity(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.registerOutputs({ binding: this.binding, compliance: args.compliance });
      return;
    }
    const place = placeOf(this);
    // With a prefix, as Google keeps names that begin with "gcp-" to itself.
    const id = limitedName(`ci-${named(name)}`, 32);

    const pool = plan.workloadIdentityPool
      ? adopted(plan.workloadIdentityPool)
      : poolOf(name, id, plan.trust, place, this);
    const provider = providerIn(name, id, pool, plan.trust, this);
    const trusting = after(pool.name, provider);
    const accounts = accountsOf(name, plan, place, trusting, this);

    this.binding = bindingOf(plan, place, pulumi.interpolate`${trusting}/providers/${id}`, accounts);
    this.registerOutputs({ binding: this.binding, compliance: args.compliance });
  }
}

function named(name: string): string {
  return asName(`${name}-${pulumi.getStack()}`);
}

interface Pool {
  /** Full name, with the number of the project, as principals are written. */
  name: pulumi.Output<string>;
  project: pulumi.Output<string>;
  id: pulumi.Output<string>;
}

function adopted(pool: pulumi.Input<string>): Pool {
  const name = pulumi.output(pool);
  const part = (index: number) => name.apply((path) => path.split("/")[index] as string);
  return { name, project: part(1), id: part(5) };
}

/** A pool of its own, as everything in a pool can be granted what any principal of the pool is. */
function poolOf(
  name: string,
  workloadIdentityPoolId: string,
  { repository }: CiTrust,
  { project, projectNumber }: Place,
  parent: pulumi.Resource,
): Pool {
  const pool = new WorkloadIdentityPool(
    `${name}-pool`,
    {
      workloadIdentityPoolId,
      displayName: limitedName(`Pipelines of ${name}`, 32),
      description: `Pipelines of ${repository}`.slice(0, 256),
    },
    { parent },
  );
  // Put together and not taken from the pool, so that a preview knows who is let in.
  const path = pulumi.interpolate`projects/${projectNumber}/locations/global/workloadIdentityPools/${workloadIdentityPoolId}`;
  return { name: after(path, pool), project, id: after(workloadIdentityPoolId, pool) };
}

/** Tokens must be made for this provider: by default it takes no audience but its own name. */
function providerIn(
  name: string,
  workloadIdentityPoolProviderId: string,
  pool: Pool,
  trust: CiTrust,
  parent: pulumi.Resource,
): pulumi.Resource {
  return new WorkloadIdentityPoolProvider(
    `${name}-provider`,
    {
      project: pool.project,
      workloadIdentityPoolId: pool.id,
      workloadIdentityPoolProviderId,
      displayName: limitedName(`Pipelines of ${name}`, 32),
      description: `Pipelines of ${trust.repository}`.slice(0, 256),
      attributeMapping: mappingOf(trust),
      attributeCondition: conditionOf(trust),
      oidc: { issuerUri: trust.issuerUrl },
    },
    { parent },
  );
}

interface Accounts {
  planIdentity: pulumi.Output<string>;
  deployIdentity: pulumi.Output<string>;
}

function accountsOf(
  name: string,
  plan: IdentityPlan,
  { project }: Place,
  pool: pulumi.Output<string>,
  parent: pulumi.Resource,
): Accounts {
  const { trust, state, secretsKey } = plan;
  // An account's id ends at 30 characters.
  const accountId = (end: string) => `${limitedName(named(name), 30 - end.length)}${end}`;
  const shared = { project, pool, state, secretsKey };
  const plans = new DeploymentAccount(
    `${name}-plan`,
    {
      ...shared,
      accountId: accountId("-plan"),
      displayName: `Plans pull requests of ${trust.repository}`.slice(0, 100),
      subjects: [planSubjectOf(trust)],
      roles: plan.planRoles,
      grantableRoles: [],
      stateRoles: defaults.stateRoles.read,
    },
    { parent },
  );
  const deploys = new DeploymentAccount(
    `${name}-deploy`,
    {
      ...shared,
      accountId: accountId("-deploy"),
      displayName: `Deploys ${trust.repository}`.slice(0, 100),
      subjects: trust.deploySubjects,
      roles: plan.deployRoles,
      grantableRoles: plan.grantableRoles,
      stateRoles: defaults.stateRoles.write,
    },
    { parent },
  );
  return { planIdentity: plans.email, deployIdentity: deploys.email };
}

function bindingOf(
  { trust, state }: IdentityPlan,
  { project, region }: Place,
  identityProvider: pulumi.Output<string>,
  { planIdentity, deployIdentity }: Accounts,
): pulumi.Output<DeploymentIdentityBinding> {
  const { provider, repository, branches, environment } = trust;
  return pulumi.output({
    platform: Platform.Gcp,
    provider,
    repository,
    branches,
    environment,
    identityProvider,
    planIdentity,
    deployIdentity,
    region,
    project,
    stateUrl: state && bindingField(state, "url"),
  });
}
