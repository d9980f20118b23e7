/** IAM policy documents from `aws.iam.getPolicyDocument`, in the form that the provider gives them: a pure function. */

interface Statement {
  actions?: readonly string[];
  conditions?: readonly { test: string; variable: string; values: readonly string[] }[];
  effect?: string;
  notActions?: readonly string[];
  notPrincipals?: readonly Principal[];
  notResources?: readonly string[];
  principals?: readonly Principal[];
  resources?: readonly string[];
  sid?: string;
}
interface Principal {
  type: string;
  identifiers: readonly string[];
}
export interface PolicyArguments {
  version?: string;
  policyId?: string;
  statements?: readonly Statement[];
  sourceJson?: string;
  sourcePolicyDocuments?: readonly string[];
  overrideJson?: string;
  overridePolicyDocuments?: readonly string[];
}

type Document = { Version?: string; Id?: string; Statement?: RawStatement[] | RawStatement };
type RawStatement = { Sid?: string; [key: string]: unknown };

/** Undefined where a source is not a policy document. */
export function policyDocument(args: PolicyArguments): Document | undefined {
  try {
    const sources = parsed(args.sourceJson, args.sourcePolicyDocuments);
    const overrides = parsed(args.overrideJson, args.overridePolicyDocuments);
    const own = { Version: args.version, Id: args.policyId, Statement: (args.statements ?? []).map(statement) };
    const merged = [...sources, own, ...overrides].reduce<Required<Pick<Document, "Statement">> & Document>(
      (document, next) => ({
        Version: next.Version ?? document.Version,
        Id: next.Id ?? document.Id,
        Statement: overridden(list(document.Statement), list(next.Statement)),
      }),
      { Statement: [] },
    );
    const id = merged.Id === undefined ? {} : { Id: merged.Id };
    return { Version: merged.Version ?? "2012-10-17", ...id, Statement: merged.Statement };
  } catch {
    return undefined;
  }
}

function parsed(one: string | undefined, many: readonly string[] | undefined): Document[] {
  return [one, ...(many ?? [])].filter((text) => text).map((text) => JSON.parse(text as string) as Document);
}

/** A later statement replaces the earlier one with its Sid. */
function overridden(before: readonly RawStatement[], after: readonly RawStatement[]): RawStatement[] {
  const result = [...before];
  for (const next of after) {
    const at = next.Sid ? result.findIndex(({ Sid }) => Sid === next.Sid) : -1;
    if (at < 0) result.push(next);
    else result[at] = next;
  }
  return result;
}

function list(value: Document["Statement"]): readonly RawStatement[] {
  return value === undefined ? [] : Array.isArray(value) ? value : [value];
}

function statement(from: Statement): RawStatement {
  const all = {
    Sid: from.sid || undefined,
    Effect: from.effect ?? "Allow",
    Action: oneOrMore(from.actions),
    NotAction: oneOrMore(from.notActions),
    Resource: oneOrMore(from.resources),
    NotResource: oneOrMore(from.notResources),
    Principal: principals(from.principals),
    NotPrincipal: principals(from.notPrincipals),
    Condition: conditions(from.conditions),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** The provider writes one value bare, and several in descending order. */
function oneOrMore(values: readonly string[] | undefined): unknown {
  if (values === undefined || values.length === 0) return undefined;
  return values.length === 1 ? values[0] : [...values].sort().reverse();
}

function principals(from: readonly Principal[] | undefined): unknown {
  if (from === undefined || from.length === 0) return undefined;
  if (from.some(({ type, identifiers }) => type === "*" && identifiers.includes("*"))) return "*";
  const byType: Record<string, string[]> = {};
  for (const { type, identifiers } of from) byType[type] = [...(byType[type] ?? []), ...identifiers];
  return Object.fromEntries(Object.entries(byType).map(([type, identifiers]) => [type, oneOrMore(identifiers)]));
}

function conditions(from: Statement["conditions"]): unknown {
  if (from === undefined || from.length === 0) return undefined;
  const result: Record<string, Record<string, unknown>> = {};
  for (const { test, variable, values } of from) {
    const value = values.length === 1 ? values[0] : values;
    result[test] = { ...result[test], [variable]: value };
  }
  return result;
}
