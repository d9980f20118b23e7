/** Who may do what: policies of AWS, roles of Google Cloud and of Kubernetes. */
import { type Check, type Finding, fact, judged } from "../finding";
import { listAt, type PlanView, type Resource, shown, unknown, type Value, valueAt } from "../view";

/** A statement of a policy document, and the property that holds it. */
export interface Stated {
  readonly property: string;
  readonly statement: { readonly [key: string]: Value };
}

/** The statements of every policy document that a resource carries. */
export function policiesOf({ props }: Resource): Stated[] {
  return Object.entries(props).flatMap(([property, value]) => {
    if (!/polic(y|ies)$|^policyDocument$/i.test(property)) return [];
    const documents: readonly Value[] = Array.isArray(value) ? value : [value];
    return documents
      .flatMap((document) => statementsOf(documentOf(document)))
      .map((statement) => ({ property, statement }));
  });
}

/** A policy is JSON text, or an object that holds one. */
function documentOf(value: Value | undefined): Value | undefined {
  if (typeof value === "object" && value !== null && "policy" in value)
    return documentOf((value as { policy: Value }).policy);
  if (typeof value !== "string" || !value.trimStart().startsWith("{")) return undefined;
  try {
    return JSON.parse(value) as Value;
  } catch {
    // Not JSON, so no document of IAM: other services call other texts policies.
    return undefined;
  }
}

function statementsOf(document: Value | undefined): { readonly [key: string]: Value }[] {
  const statements = valueAt(document, "Statement");
  if (statements === undefined) return [];
  return [statements].flat().filter((one): one is { [key: string]: Value } => typeof one === "object" && one !== null);
}

/** Statements whose wildcards are right, and why. */
export const explainedWildcards: readonly {
  type: string;
  statement: (statement: Stated["statement"]) => boolean;
  why: string;
}[] = [
  {
    type: "aws:kms/key:Key",
    statement: ({ Principal }) => /:root$/.test(String(valueAt(Principal, "AWS"))),
    why: "a key's policy means that key alone by `*`, and without the account nobody could administer it",
  },
  ...["aws:iam/policy:Policy", "aws:iam/rolePolicy:RolePolicy"].map((type) => ({
    type,
    statement: ({ Sid, Action, Condition }: Stated["statement"]) =>
      Sid === "UseServices" &&
      valueAt(valueAt(Condition, "StringEquals"), "aws:RequestedRegion") !== undefined &&
      ![Action ?? []].flat().some((action) => /^(\*|(iam|organizations|sts):.*)$/.test(String(action))),
    why: "a pipeline makes whatever its stacks hold of the services and in the regions that are named; it is given roles under a boundary alone",
  })),
];

/** Roles that allow nearly everything in a project. */
const basicRoles = ["roles/owner", "roles/editor"];
/** Policies of AWS that allow nearly everything. */
const administratorPolicies = /:policy\/(AdministratorAccess|PowerUserAccess)$/;

export const leastPrivilege: Check = (plan) => [
  ...plan.resources.filter(({ type }) => type.startsWith("aws:")).flatMap(ofAws),
  ...plan.resources.filter(({ type }) => /^gcp:.*IAM(Member|Binding)$/.test(type)).map(ofGoogleCloud),
  ...plan.ofType("gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider").map(ofTokens),
  ...ofKubernetes(plan),
];

function ofAws(resource: Resource): Finding[] {
  const statements = policiesOf(resource).map(({ property, statement }): Finding => {
    const reason = statementFault(resource.type, statement);
    const value = shown({
      Sid: statement.Sid ?? null,
      Action: statement.Action ?? null,
      Resource: statement.Resource ?? null,
    });
    return { urn: resource.urn, property, value, holds: reason === undefined, ...(reason ? { reason } : {}) };
  });
  if (!/RolePolicyAttachment$|PolicyAttachment$/.test(resource.type)) return statements;
  const attached = judged(
    fact(resource, "policyArn"),
    (value) => !administratorPolicies.test(String(value)),
    "allows nearly everything; attach a policy with what is needed",
  );
  return [...statements, attached];
}

function statementFault(type: string, statement: Stated["statement"]): string | undefined {
  const { Effect, Action, Resource: resources, Principal, Condition } = statement;
  if (Effect !== "Allow") return undefined;
  if (explainedWildcards.some((row) => row.type === type && row.statement(statement))) return undefined;
  const actions = [Action ?? []].flat().map(String);
  const isAllActions = actions.some((action) => action === "*" || /^[a-z0-9-]+:\*$/.test(action));
  if ("NotAction" in statement) return "allows all actions but some; name those that are needed";
  if (isAllActions && [resources ?? []].flat().includes("*"))
    return `allows ${actions.join(", ")} on everything; name the actions and the resources that are needed`;
  if (actions.includes("sts:AssumeRoleWithWebIdentity") && !namesSubject(Condition))
    return "lets in everybody whom the issuer signs tokens for; compare the token's sub with that of one workload or repository";
  const isForEverybody = Principal === "*" || [valueAt(Principal, "AWS") ?? []].flat().includes("*");
  if (isForEverybody && Condition === undefined)
    return "allows it to everybody; name the principals, or add a condition that does";
  return undefined;
}

/** Issuers such as GitHub sign tokens for all the world: a subject names its owner and what is the owner's, in two parts. */
function namesSubject(condition: Value | undefined): boolean {
  const compared = ["StringEquals", "StringLike"].flatMap((operator) =>
    Object.entries((valueAt(condition, operator) ?? {}) as { [key: string]: Value }),
  );
  const subjects = compared.flatMap(([key, value]) => (key.endsWith(":sub") ? [value].flat() : []));
  return subjects.length > 0 && subjects.every((subject) => /^[^*?]+:[^*?]+(:|$)/.test(String(subject)));
}

function ofTokens(provider: Resource): Finding {
  return judged(
    fact(provider, "attributeCondition"),
    (condition) => typeof condition === "string" && condition.length > 0,
    "takes the tokens of everybody whom the issuer signs them for; name in a condition whose are taken",
  );
}

function ofGoogleCloud(grant: Resource): Finding {
  return judged(
    fact(grant, "role"),
    (role) => !basicRoles.includes(String(role)),
    "is a basic role, which allows nearly everything; grant the role that is needed",
  );
}

function ofKubernetes(plan: PlanView): Finding[] {
  const group = "kubernetes:rbac.authorization.k8s.io/v1:";
  const roles = plan.ofType(`${group}ClusterRole`, `${group}Role`).flatMap((role) =>
    listAt(role.props, "rules").map((rule, index) => {
      const isAll = (key: string) => listAt(rule, key).includes("*");
      return judged(
        { resource: role, path: `rules[${index}]`, value: rule },
        () => !(isAll("verbs") && isAll("resources")),
        "allows every verb on every resource; name those that are needed",
      );
    }),
  );
  const bindings = plan
    .ofType(`${group}ClusterRoleBinding`)
    .map((binding) =>
      judged(
        fact(binding, "roleRef.name"),
        (name) => name !== "cluster-admin" || !listAt(binding.props, "subjects").some(isServiceAccount),
        "makes a service account an administrator of the cluster; bind a role with what it needs",
      ),
    );
  return [...roles, ...bindings];
}

function isServiceAccount(subject: Value): boolean {
  return subject === unknown || valueAt(subject, "kind") === "ServiceAccount";
}
