import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import type { Client } from "./client";
import type { KubernetesObject } from "./kubernetes";
import { readiness } from "./ready";

interface Definition extends KubernetesObject {
  spec: { group: string; names: { kind: string } };
}

/**
 * Adds the custom resource definitions for kinds that a plan uses and no API server has by itself, from a folder of YAML
 * files. Returns the kinds (`group/Kind`) that the folder has no definition of.
 */
export async function addDefinitions(
  client: Client,
  objects: readonly KubernetesObject[],
  folder: string | undefined,
): Promise<string[]> {
  const wanted = new Set<string>();
  for (const { apiVersion, kind } of objects) {
    const known = await client.kind(apiVersion, kind).then(
      () => true,
      () => false,
    );
    if (!known) wanted.add(`${apiVersion.split("/")[0]}/${kind}`);
  }
  if (wanted.size === 0) return [];
  const definitions = folder === undefined ? [] : await readDefinitions(folder);
  const used = definitions.filter(({ spec }) => wanted.delete(`${spec.group}/${spec.names.kind}`));
  for (const definition of used) await client.apply(definition);
  for (const definition of used) await established(client, definition);
  return [...wanted];
}

async function readDefinitions(folder: string): Promise<Definition[]> {
  if (!existsSync(folder)) return [];
  const files = (await readdir(folder)).filter((file) => file.endsWith(".yaml")).sort();
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), "utf8")));
  const objects = texts.flatMap((text) =>
    parseAllDocuments(text).map((document) => document.toJS() as Definition | null),
  );
  return objects.filter((object): object is Definition => object?.kind === "CustomResourceDefinition");
}

async function established(client: Client, definition: Definition): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const live = await client.get(definition);
    if (live !== undefined && (await readiness(client, live)).ready) return;
    await wait(100);
  }
  throw new Error(`CustomResourceDefinition ${definition.metadata.name} was not established within 10 s.`);
}
