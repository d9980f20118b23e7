/** Judges IAM policy documents by the actions that the service models know. */
import type { PropertyMap, Value } from "aistack-engine";
import { Secret, Unknown } from "aistack-engine";
import type { AwsModels } from "./models/aws";
import * as tables from "./tables/policies";
import type { Fault } from "./validate";

type OneOrMany = string | string[];

interface Statement {
  readonly Sid?: string;
  readonly Effect?: string;
  readonly Principal?: string | { readonly [kind: string]: OneOrMany };
  readonly NotPrincipal?: unknown;
  readonly Action?: OneOrMany;
  readonly NotAction?: OneOrMany;
  readonly Resource?: OneOrMany;
  readonly NotResource?: OneOrMany;
  readonly Condition?: { readonly [operator: string]: { readonly [key: string]: unknown } };
}

/** The faults of the policy documents among a resource's inputs; the tables' entries that were of use go to `used`. */
export function policyFaults(type: string, inputs: PropertyMap, models: AwsModels, used: Set<string>): Fault[] {
  return Object.entries(inputs).flatMap(([input, value]) => {
    const text = textOf(value);
    const document = `${type} ${input}`;
    if (value instanceof Unknown && tables.documents[document])
      return [
        {
          path: input,
          reason: "is not known in the plan, so nothing can be said of it: add what it is made of to answers.ts",
        },
      ];
    if (text === undefined || !isPolicy(text)) return [];
    const rules = tables.documents[document];
    if (!rules)
      return [{ path: input, reason: "is a policy document, but tables/policies.ts does not say of which kind" }];
    used.add(`documents ${document}`);
    return new Judge(document, models, used)
      .faults(text)
      .map(({ path, reason }) => ({ path: `${input} ${path}`, reason }));
  });
}

class Judge {
  readonly #faults: Fault[] = [];
  readonly #document: string;
  readonly #models: AwsModels;
  readonly #used: Set<string>;

  constructor(document: string, models: AwsModels, used: Set<string>) {
    this.#document = document;
    this.#models = models;
    this.#used = used;
  }

  faults(text: string): Fault[] {
    const { Version, Statement, Id, ...rest } = JSON.parse(text) as { [key: string]: unknown };
    const { max, source } = this.#rules();
    const length = text.replace(/\s/g, "").length;
    if (length > max) this.#add("", `has ${length} characters, but may have ${max}, says ${source}`);
    if (Version !== "2012-10-17") this.#add("Version", `is ${JSON.stringify(Version)}, but must be "2012-10-17"`);
    if (Id !== undefined && typeof Id !== "string") this.#add("Id", "must be a string");
    for (const key of Object.keys(rest)) this.#add(key, "is no element of a policy");
    const statements = (Array.isArray(Statement) ? Statement : [Statement]) as Statement[];
    const sids = statements.flatMap(({ Sid }) => Sid ?? []);
    for (const sid of sids.filter((one, index) => sids.indexOf(one) !== index))
      this.#add(sid, "is the id of two statements");
    for (const [index, statement] of statements.entries())
      this.#statement(statement, statement.Sid ?? `Statement[${index}]`);
    return this.#faults;
  }

  #statement(statement: Statement, sid: string): void {
    const { Sid, Effect, Principal, NotPrincipal, Action, NotAction, Resource, NotResource, Condition, ...rest } =
      statement;
    const { kind } = this.#rules();
    for (const key of Object.keys(rest)) this.#add(`${sid} ${key}`, "is no element of a statement");
    if (Sid !== undefined && !/^[A-Za-z0-9]+$/.test(Sid))
      this.#add(sid, "is an id with other characters than letters and digits");
    if (Effect !== "Allow" && Effect !== "Deny")
      this.#add(`${sid} Effect`, `is ${JSON.stringify(Effect)}, but must be "Allow" or "Deny"`);
    if ((Action === undefined) === (NotAction === undefined)) this.#add(sid, "must have either Action or NotAction");
    const wantsPrincipal = kind !== "identity";
    const hasPrincipal = (Principal ?? NotPrincipal) !== undefined;
    if (wantsPrincipal && !hasPrincipal) this.#add(sid, "must have a Principal");
    if (!wantsPrincipal && hasPrincipal) this.#add(`${sid} Principal`, "has no place in a role's policy");
    const wantsResource = kind !== "trust";
    const hasResource = (Resource ?? NotResource) !== undefined;
    if (wantsResource && !hasResource) this.#add(sid, "must have a Resource");
    if (!wantsResource && hasResource) this.#add(`${sid} Resource`, "has no place in a trust policy");

    // What refuses may refuse everything.
    const allows = Effect !== "Deny";
    for (const action of many(Action)) this.#action(action, sid, allows);
    for (const action of many(NotAction)) this.#action(action, sid, true);
    for (const resource of many(Resource)) this.#resource(resource, sid, allows);
    const principals = typeof Principal === "string" ? [Principal] : Object.values(Principal ?? {}).flatMap(many);
    if (allows && principals.includes("*")) this.#wildcard(sid, "Principal *");
    for (const [operator, keys] of Object.entries(Condition ?? {})) {
      const plain = operator.replace(/^(ForAllValues|ForAnyValue):/, "").replace(/IfExists$/, "");
      if (!tables.conditionOperators.includes(plain))
        this.#add(`${sid} Condition`, `${operator} is no condition operator`);
      for (const key of Object.keys(keys)) if (!isOfIssuer(key, principals)) this.#conditionKey(key, sid);
    }
  }

  #action(action: string, sid: string, allows: boolean): void {
    const [prefix = "", name = ""] = action.split(":");
    const operations = action === "*" ? new Set<string>() : this.#models.operations(prefix);
    const refuse = (reason: string) => this.#add(`${sid} Action`, reason);
    if (action !== "*" && name === "") refuse(`${JSON.stringify(action)} is no action: service:Name`);
    else if (tables.furtherActions[action] !== undefined) this.#used.add(`furtherActions ${action}`);
    else if (!operations) refuse(`${action} is of a service that no model has: ${prefix}`);
    else if (/[*?]/.test(action)) {
      if (allows) this.#wildcard(sid, `Action ${action}`);
    } else if (!operations.has(name)) {
      const near = [...operations].find((operation) => operation.toLowerCase() === name.toLowerCase());
      refuse(`${action} is no action of ${prefix}${near ? `, but ${prefix}:${near} is` : ""}`);
    }
  }

  #resource(resource: string, sid: string, allows: boolean): void {
    if (resource !== "*") {
      if (!/^arn:(aws|aws-cn|aws-us-gov|aws-eusc):[a-z0-9-]+:[a-z0-9*-]*:([0-9]{12}|aws|\*)?:.+$/.test(resource))
        this.#add(`${sid} Resource`, `${JSON.stringify(resource)} is no ARN`);
    } else if (allows && this.#rules().kind !== "key") this.#wildcard(sid, "Resource *");
  }

  #conditionKey(key: string, sid: string): void {
    const [prefix = "", name = ""] = key.split(/:(.*)/s);
    const known = tables.globalConditionKeys.some((one) =>
      one.endsWith("/") ? name.toLowerCase().startsWith(one.toLowerCase()) : name.toLowerCase() === one.toLowerCase(),
    );
    if (prefix === "aws" ? !known : this.#models.operations(prefix) === undefined)
      this.#add(`${sid} Condition`, `${key} is no condition key`);
  }

  #wildcard(sid: string, what: string): void {
    const entry = tables.wildcards.find(
      (row) => row.document === this.#document && row.sid === sid && row.what === what,
    );
    if (entry) this.#used.add(`wildcards ${this.#document} ${sid} ${what}`);
    else this.#add(sid, `allows ${what}, which tables/policies.ts has no reason for`);
  }

  #rules() {
    return tables.documents[this.#document] as (typeof tables.documents)[string];
  }

  #add(path: string, reason: string): void {
    this.#faults.push({ path, reason });
  }
}

/** Whether a key is a claim of a token whose issuer the statement trusts: `issuer.example.com/path:sub`. */
function isOfIssuer(key: string, principals: readonly string[]): boolean {
  const [, issuer = "", claim = ""] = /^(.+):([a-z_]+)$/.exec(key) ?? [];
  const claims = ["amr", "aud", "email", "oaud", "sub", ...(tables.issuerClaims[issuer] ?? [])];
  return claims.includes(claim) && principals.some((principal) => principal.endsWith(`:oidc-provider/${issuer}`));
}

function textOf(value: Value): string | undefined {
  const revealed = value instanceof Secret ? value.reveal() : value;
  return typeof revealed === "string" ? revealed : undefined;
}

function isPolicy(text: string): boolean {
  try {
    return text.startsWith("{") && "Statement" in JSON.parse(text);
  } catch {
    return false;
  }
}

function many(value: OneOrMany | undefined): string[] {
  return value === undefined ? [] : [value].flat();
}
