import type { KubernetesObject, NodeGroup, RolloutEvent, RolloutItem } from "aistack-cluster";
import type { Colors } from "picocolors/types";
import { type Io, widthOf } from "../io";
import { counted, cut, wrap } from "./text";

/** Shows a rollout while it happens. */
export interface RolloutView {
  show(event: RolloutEvent): void;
  /** Leaves the screen to what comes next. */
  end(): void;
}

const workloadKinds = new Set(["Deployment", "StatefulSet", "DaemonSet", "Job"]);

/** A terminal gets a picture that is redrawn, anything else a line for each event. */
export function rolloutView(io: Io, objects: readonly KubernetesObject[], colors: Colors): RolloutView {
  return io.stdout.isTTY && io.env.TERM !== "dumb" ? picture(io, objects, colors) : lines(io, colors);
}

function lines(io: Io, { green, red, dim }: Colors): RolloutView {
  const write = (word: string, object: KubernetesObject, more = "") =>
    io.stdout.write(`${word} ${nameOf(object)}${more}\n`);
  return {
    show(event) {
      const { object } = event;
      if (event.type === "applied") write(dim("applied"), object);
      if (event.type === "progress") write(dim("waiting"), object, dim(`  ${event.missing}`));
      if (event.type === "refused") write(red("refused"), object);
      if (event.type === "ready" && isWorkload(object)) {
        write(green(readyWord(object).padEnd(7)), object, dim(on(event.nodes)));
      }
    },
    end() {},
  };
}

/** Workloads on screen at most: a picture that is higher than the terminal could not be redrawn. */
const rows = 16;

function picture(io: Io, objects: readonly KubernetesObject[], colors: Colors): RolloutView {
  const { green, red, yellow, dim } = colors;
  const waiting = { symbol: dim("·"), state: "waits for what it depends on" };
  const workloads = new Map(objects.filter(isWorkload).map((object) => [nameOf(object), waiting]));
  let applied = 0;
  let drawn = 0;
  const draw = (): void => {
    // What is not ready yet matters most, then what came last.
    const all = [...workloads];
    const open = all.filter(([, { symbol }]) => symbol !== green("✓"));
    const ready = all.filter(([, { symbol }]) => symbol === green("✓"));
    const shown = [...ready, ...open].slice(-rows);
    const column = Math.max(0, ...shown.map(([name]) => name.length));
    const text = [
      `${applied} of ${counted(objects.length, "object")} applied, ${ready.length} of ${counted(all.length, "workload")} ready`,
      ...shown.map(([name, { symbol, state }]) => {
        const room = widthOf(io.stdout) - column - 6;
        return `${symbol} ${name.padEnd(column)}  ${dim(cut(state, room))}`;
      }),
    ];
    io.stdout.write(`${erase(drawn)}${text.join("\n")}\n`);
    drawn = text.length;
  };
  return {
    show(event) {
      const { object } = event;
      if (event.type === "applied") applied++;
      if (isWorkload(object) || event.type === "refused") {
        workloads.set(nameOf(object), {
          symbol: event.type === "ready" ? green("✓") : event.type === "refused" ? red("✗") : yellow("•"),
          state: stateOf(event),
        });
      }
      draw();
    },
    end() {
      io.stdout.write(erase(drawn));
      drawn = 0;
    },
  };
}

/** Takes the last lines of a terminal away. */
function erase(count: number): string {
  return count === 0 ? "" : `\u001b[${count}A\u001b[J`;
}

function stateOf(event: RolloutEvent): string {
  if (event.type === "ready") return on(event.nodes).trim();
  if (event.type === "progress") return event.missing;
  return event.type === "applied" ? "starting" : "refused";
}

/** Nodes as an addition to a line: `  on a, b`; empty where there is none, as for a Job that is done. */
function on(nodes: readonly string[]): string {
  return nodes.length === 0 ? "" : `  on ${nodes.join(", ")}`;
}

/** `3 nodes: 2 m7i.large, 1 g6.xlarge with 1 nvidia.com/gpu`. */
export function renderNodes(nodes: readonly NodeGroup[]): string {
  const total = nodes.reduce((sum, { count }) => sum + count, 0);
  const groups = nodes.map(({ count, machineType, devices = {} }) => {
    const carried = Object.entries(devices).map(([name, number]) => ` with ${number} ${name}`);
    return `${count} ${machineType}${carried.join("")}`;
  });
  return `${counted(total, "node")}: ${groups.join(", ")}`;
}

/** What became of a rollout: a table of the workloads and the counts. */
export function renderRollout(items: readonly RolloutItem[], colors: Colors): string {
  const { green, red, yellow, bold, dim } = colors;
  const symbols = { ready: green("✓"), refused: red("✗"), "not-ready": red("✗"), "not-reached": yellow("–") };
  const workloads = items.filter(({ object }) => isWorkload(object));
  const column = Math.max(0, ...workloads.map(({ object }) => nameOf(object).length));
  const words = { refused: "refused", "not-ready": "not ready", "not-reached": "not reached" };
  const table = workloads.map(
    ({ object, state, nodes }) =>
      `${symbols[state]} ${nameOf(object).padEnd(column)}  ${state === "ready" ? readyWord(object) : words[state]}${dim(on(nodes))}`,
  );
  const there = items.filter(({ state }) => state === "ready" || state === "not-ready").length;
  const ready = workloads.filter(({ state }) => state === "ready").length;
  const counts =
    `${there} of ${counted(items.length, "object")} accepted, ` +
    `${ready} of ${counted(workloads.length, "workload")} ready`;
  return `${["", ...table, ...(table.length === 0 ? [] : [""]), bold(counts)].join("\n")}\n`;
}

/** Why objects are not ready, one paragraph each; empty where all are. What only waits for another is left out. */
export function renderProblems(items: readonly RolloutItem[], width: number, { red }: Colors): string {
  return items
    .filter(({ state }) => state === "refused" || state === "not-ready")
    .flatMap(({ object, problems }) => [
      `${red("error:")} ${nameOf(object)}`,
      ...problems.flatMap((problem) => wrap(`  ${problem}`, width)),
    ])
    .map((line) => `${line}\n`)
    .join("");
}

/** A Job is not ready, but done. */
function readyWord({ kind }: KubernetesObject): string {
  return kind === "Job" ? "done" : "ready";
}

function isWorkload({ kind }: KubernetesObject): boolean {
  return workloadKinds.has(kind);
}

function nameOf({ kind, metadata: { namespace, name } }: KubernetesObject): string {
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
