/** The programs that can run on a cluster alone, and why the others cannot. */
import { join } from "node:path";
import { type Graph, planDirectory } from "aistack-engine";
import { type Program, programs, root } from "../programs";

export interface Subject extends Program {
  /** Name in `Pulumi.yaml`, which configuration keys begin with. */
  readonly project: string;
  /** The plan on a cluster that exists. */
  readonly graph: Graph;
}

/** Plans a program's Kubernetes part. */
export function planOnCluster({ path, stack }: Program, config: Readonly<Record<string, string>> = {}): Promise<Graph> {
  return planDirectory(join(root, path), {
    stack,
    mode: "simulate",
    config: { kubeconfig: "{}", ...config },
    secretConfigKeys: ["kubeconfig"],
  });
}

/** Every program in its `dev` configuration: what runs on a cluster alone, and why the rest does not. */
export async function subjects(): Promise<{ subjects: Subject[]; others: string[] }> {
  const found: Subject[] = [];
  const others: string[] = [];
  for (const program of programs().filter(({ stack }) => stack === "dev")) {
    const graph = await planOnCluster(program);
    const types = graph.resources.filter(({ custom }) => custom).map(({ type }) => type);
    const beyond = new Set(types.map((type) => type.split(":")[0]).filter((name) => !onAnyCluster.includes(`${name}`)));
    const charts = types.filter((type) => type.startsWith("kubernetes:helm.sh/"));
    if (beyond.size > 0) others.push(`${program.path}: has no part for a cluster alone (${[...beyond].join(", ")})`);
    else if (charts.length > 0) others.push(`${program.path}: ${charts.length} Helm charts would have to be fetched`);
    else found.push({ ...program, project: graph.project, graph });
  }
  return { subjects: found, others };
}

const onAnyCluster = ["kubernetes", "pulumi", "random"];
