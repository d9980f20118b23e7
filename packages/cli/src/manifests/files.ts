import type { Graph } from "aistack-engine";
import { stringify } from "yaml";
import { shortUrn } from "../render/names";
import { type Plain, type PlainObject, plainObject } from "./content";
import { type KubernetesObject, kubernetesObjects, type Unwritten } from "./objects";
import { stepOf } from "./order";

/** The first line of every manifest; a file that begins so may be replaced by a later run. */
export const marker = "# Written by `aistack plan --manifests`, which replaces this file the next time.";

export interface ManifestFile {
  /** Below the directory, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** True where placeholders stand for secrets. */
  readonly placeholders: boolean;
}

export interface Incomplete {
  readonly urn: string;
  /** Paths of the values that are not known before `up`. */
  readonly unknowns: readonly string[];
}

export interface Manifests {
  readonly files: readonly ManifestFile[];
  readonly incomplete: readonly Incomplete[];
  readonly unwritten: readonly Unwritten[];
}

/**
 * Every Kubernetes object of a plan as a file, named so that the order of names is a good order to apply them in.
 * Where a plan has several clusters, each has a folder, as one `kubectl apply` goes to one cluster.
 */
export function manifestsOf(graph: Graph): Manifests {
  const { objects, unwritten } = kubernetesObjects(graph);
  const folders = new Set(objects.map(({ cluster }) => cluster)).size > 1;
  const files: ManifestFile[] = [];
  const incomplete: Incomplete[] = [];
  const taken = new Map<string, number>();
  for (const object of objects) {
    const plain = plainObject(object.inputs);
    const name = fileName(plain);
    if (name === undefined || plain.unknowns.length > 0) {
      incomplete.push({ urn: object.urn, unknowns: [...missingNames(plain), ...plain.unknowns] });
      continue;
    }
    const base = folders ? `${safe(object.cluster)}/${name}` : name;
    const count = (taken.get(base) ?? 0) + 1;
    taken.set(base, count);
    const path = `${base}${count === 1 ? "" : `-${count}`}.yaml`;
    files.push({ path, text: fileText(graph, object, plain), placeholders: plain.secrets.length > 0 });
  }
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), incomplete, unwritten };
}

/** `010-namespace-assistant`, `160-statefulset-assistant-vectors`; undefined where the object cannot be named. */
function fileName({ content }: PlainObject): string | undefined {
  const { apiVersion, kind } = content;
  const { name, namespace } = metadataOf(content);
  if (typeof apiVersion !== "string" || typeof kind !== "string" || typeof name !== "string") return undefined;
  const step = String(stepOf(apiVersion, kind)).padStart(3, "0");
  return [step, kind, ...(typeof namespace === "string" ? [namespace] : []), name].map(safe).join("-");
}

/** `kubectl apply` needs all three; a name that is present but unknown is listed with the unknown values. */
function missingNames({ content }: PlainObject): string[] {
  return [
    ...("apiVersion" in content ? [] : ["apiVersion"]),
    ...("kind" in content ? [] : ["kind"]),
    ...("name" in metadataOf(content) ? [] : ["metadata.name"]),
  ];
}

function metadataOf({ metadata }: PlainObject["content"]): { [key: string]: Plain } {
  return typeof metadata === "object" && metadata !== null && !Array.isArray(metadata) ? metadata : {};
}

function safe(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9.-]+/g, "-");
}

function fileText(graph: Graph, { urn }: KubernetesObject, { content, secrets }: PlainObject): string {
  const { apiVersion, kind, metadata, ...rest } = content;
  const ordered = { apiVersion, kind, ...(metadata === undefined ? {} : { metadata }), ...rest };
  const header = [
    marker,
    `# From ${graph.project}, stack ${graph.stack}: ${shortUrn(urn)}`,
    ...(secrets.length === 0 ? [] : [`# A placeholder stands for the secret in: ${secrets.join(", ")}`]),
  ];
  // YAML 1.1 is what kubectl reads: there, an unquoted `on` or `1:30` is not a string.
  const body = stringify(ordered, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false });
  return `${header.join("\n")}\n${body}`;
}
