import { resolve } from "node:path";
import type { Graph } from "aistack-engine";
import { colorsFor, type ExitCode, type Io, type OutputStream } from "../io";
import { earlierManifests, writeManifests } from "../manifests/directory";
import { manifestsOf } from "../manifests/files";
import { renderIncomplete, renderManifests } from "../render/manifests";

/** `--manifests`: writes every complete Kubernetes object; incomplete ones are named, and make the exit code 1. */
export async function exportManifests(graph: Graph, shown: string, messages: OutputStream, io: Io): Promise<ExitCode> {
  const directory = resolve(io.cwd, shown);
  const earlier = await earlierManifests(directory, shown);
  const manifests = manifestsOf(graph);
  await writeManifests(directory, shown, manifests.files, earlier);
  messages.write(renderManifests(manifests, shown, colorsFor(messages, io.env)));
  io.stderr.write(renderIncomplete(manifests, graph.mode, colorsFor(io.stderr, io.env)));
  return manifests.incomplete.length === 0 ? 0 : 1;
}
