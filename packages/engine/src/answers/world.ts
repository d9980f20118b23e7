/** What stands in for the outside world: a user's answers first, then the built-in ones, else an error that shows how to answer. */
import type { Deployment } from "../core/deployment";
import { shown } from "../core/goal";
import { type PlannedResource, type PropertyMap, Secret, unknown, type Value } from "../graph";
import type { Answers, InvokeAnswer } from "../options";
import { awsInvokes } from "./aws";
import { gcpInvokes } from "./gcp";

/** Answers an invoke from its arguments; undefined when these are beyond it. */
export type BuiltIn = (args: PropertyMap, world: World, provider: string | undefined) => PropertyMap | undefined;

const BUILT_IN: Readonly<Record<string, BuiltIn>> = { ...awsInvokes, ...gcpInvokes };

/** Invokes by which a provider would expand files or charts on the client. */
const CLIENT_SIDE: Readonly<Record<string, string>> = {
  "kubernetes:yaml:decode": "a YAML file (kubernetes.yaml)",
  "kubernetes:helm:template": "a Helm chart (kubernetes.helm.v3.Chart)",
  "kubernetes:kustomize:directory": "a Kustomize directory (kubernetes.kustomize)",
};

export class World {
  private readonly answers: Answers;

  constructor(readonly deployment: Deployment) {
    this.answers = deployment.options.answers;
  }

  config(key: string): string | undefined {
    return this.deployment.options.config[key];
  }

  /** What the answers say about one resource, its type's first and its own URN's over them. */
  resourceAnswer(resource: PlannedResource): PropertyMap | undefined {
    const byType = this.answers.resources?.[resource.type];
    const byUrn = this.answers.resources?.[resource.urn];
    return byType === undefined && byUrn === undefined ? undefined : fromAnswer({ ...byType, ...byUrn });
  }

  /** Plain inputs of an explicit provider, by its reference. */
  providerInputs(reference: string | undefined): PropertyMap {
    const urn = reference?.slice(0, reference.lastIndexOf("::"));
    return (urn === undefined ? undefined : this.deployment.byUrn.get(urn)?.inputs) ?? {};
  }

  stackReference(name: string): PropertyMap {
    const found = this.answers.stackReferences?.[name];
    if (found === undefined) {
      throw this.unanswered(`the outputs of the stack ${name}`, {
        stackReferences: { [name]: { outputName: "value" } },
      });
    }
    const outputs = fromAnswer(found);
    const secretOutputNames = Object.keys(outputs).filter((key) => outputs[key] instanceof Secret);
    return { name, outputs, secretOutputNames };
  }

  /** A user's answer to an invoke, if there is one. */
  answered(token: string, args: PropertyMap): PropertyMap | undefined {
    return matching(this.answers.invokes?.[token], args);
  }

  invoke(token: string, args: PropertyMap, provider: string | undefined): PropertyMap {
    const answer = this.answered(token, args);
    if (answer !== undefined) return answer;
    const builtIn = BUILT_IN[token]?.(args, this, provider);
    if (builtIn !== undefined) return builtIn;
    const source = CLIENT_SIDE[token];
    if (source !== undefined) {
      throw this.deployment.error(
        "unanswered",
        `The program expands ${source} on the client, which needs the Kubernetes provider: ${token} cannot be planned ` +
          "offline. Use kubernetes.helm.v3.Release or typed resources, or answer it in the answers file.",
      );
    }
    throw this.unanswered(token, { invokes: { [token]: [{ when: args, return: { property: "value" } }] } });
  }

  call(token: string, args: PropertyMap): PropertyMap {
    const answer = matching(this.answers.calls?.[token], args);
    if (answer !== undefined) return answer;
    const self = args.__self__ as { $resource?: string } | undefined;
    const of = self?.$resource === undefined ? token : `${token} of ${shown(self.$resource)}`;
    throw this.unanswered(of, { calls: { [token]: [{ return: { property: "value" } }] } });
  }

  private unanswered(what: string, example: object): Error {
    const lines = yamlLines(example).join("\n");
    const message = `The program asks for ${what}, which no answer covers. An answers file answers it so:\n${lines}`;
    return this.deployment.error("unanswered", message);
  }
}

function matching(answers: readonly InvokeAnswer[] | undefined, args: PropertyMap): PropertyMap | undefined {
  const found = answers?.find(({ when }) => when === undefined || contains(args, when));
  return found === undefined ? undefined : fromAnswer(asMap(found.return));
}

/** A method may return a bare value; on the wire it is the only property of a map. */
function asMap(value: Value): PropertyMap {
  const isMap = value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Secret);
  return isMap ? (value as PropertyMap) : { result: value };
}

/** Whether everything that `part` says holds in `whole`. */
function contains(whole: Value | undefined, part: Value): boolean {
  if (part === null || typeof part !== "object") return whole === part;
  if (whole === null || whole === undefined || typeof whole !== "object") return false;
  if (Array.isArray(part) !== Array.isArray(whole)) return false;
  if (Array.isArray(part) && part.length !== (whole as readonly Value[]).length) return false;
  return Object.entries(part).every(([key, value]) => contains((whole as PropertyMap)[key], value));
}

/** In an answer, `{ $secret: value }` is a secret and `{ $unknown: true }` an unknown. */
function fromAnswer<T extends Value>(value: T): T {
  return convert(value) as T;
}

function convert(value: Value): Value {
  if (Array.isArray(value)) return value.map(convert);
  if (value === null || typeof value !== "object" || value instanceof Secret || value === unknown) return value;
  const map = value as PropertyMap;
  const keys = Object.keys(map);
  if (keys.length === 1 && keys[0] === "$unknown") return unknown;
  if (keys.length === 1 && keys[0] === "$secret") return new Secret(convert(map.$secret as Value));
  return Object.fromEntries(keys.map((key) => [key, convert(map[key] as Value)]));
}

/** Block style down to the entry, then one line of flow style, which JSON is. */
function yamlLines(value: object, depth = 0): string[] {
  const pad = "  ".repeat(depth);
  return Object.entries(value).flatMap(([key, item]) => {
    if (Array.isArray(item)) {
      const entries = item.flatMap((entry) => {
        const [first, ...rest] = Object.entries(entry).map(([name, part]) => `${name}: ${JSON.stringify(part)}`);
        return [`${pad}  - ${first}`, ...rest.map((line) => `${pad}    ${line}`)];
      });
      return [`${pad}${key}:`, ...entries];
    }
    if (depth > 0) return [`${pad}${key}: ${JSON.stringify(item)}`];
    return [`${pad}${key}:`, ...yamlLines(item, depth + 1)];
  });
}
