import { type PropertyMap, Secret, Unknown, type Value } from "aistack-engine";
import type { Colors } from "picocolors/types";
import { isList, isMap } from "../values";
import { cut } from "./text";

/** What the program exports, one line a value; maps are indented below their key. */
export function renderOutputs(outputs: PropertyMap, width: number, colors: Colors): string[] {
  return mapLines(outputs, "  ", width, colors);
}

function mapLines(map: PropertyMap, indent: string, width: number, colors: Colors): string[] {
  const entries = Object.entries(map);
  const column = Math.min(24, Math.max(0, ...entries.map(([key]) => key.length)));
  return entries.flatMap(([key, value]) => {
    const lead = `${indent}${key.padEnd(column)}  `;
    const inline = inlineValue(value);
    if (isMap(value) && !isReference(value) && lead.length + inline.length > Math.min(width, 100)) {
      return [`${indent}${key}`, ...mapLines(value, `${indent}  `, width, colors)];
    }
    return [`${lead}${paint(value, cut(inline, width - lead.length), colors)}`];
  });
}

function paint(value: Value, text: string, { dim, yellow }: Colors): string {
  if (value instanceof Secret) return yellow(text);
  return value instanceof Unknown ? dim(text) : text;
}

/** A value in one line. Never shows what is secret. */
export function inlineValue(value: Value): string {
  if (value instanceof Secret) return "[secret]";
  if (value instanceof Unknown) return "[known after up]";
  if (typeof value === "string") return oneLine(value);
  if (isList(value)) return `[${value.map(inlineValue).join(", ")}]`;
  if (!isMap(value)) return JSON.stringify(value);
  if (isReference(value)) return String(value.$resource);
  const entries = Object.entries(value).map(([key, entry]) => `${key}: ${inlineValue(entry)}`);
  return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
}

function isReference(value: PropertyMap): boolean {
  return typeof value.$resource === "string";
}

/** A string as it is, or its first line where it has several. */
function oneLine(text: string): string {
  const lines = text.trimEnd().split("\n");
  return lines.length > 1
    ? `${lines[0]} … (${lines.length} lines)`
    : JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"');
}
