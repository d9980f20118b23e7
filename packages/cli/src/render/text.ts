/** "1 resource", "2 resources". */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** Cut to `width` columns, with an ellipsis in the place of what was cut. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/**
 * A list of names in at most `width` columns. What names share in front is written once, as a shell would
 * expand it: `train-{cluster,nodes}`; what does not fit is counted.
 */
export function nameList(names: readonly string[], width: number): string {
  const shared = sharedWords(names);
  const rests = names.map((name) => name.slice(shared.length));
  const [open, separator, close] = shared === "" ? ["", ", ", ""] : [`${shared}{`, ",", "}"];
  for (let shown = rests.length; shown > 0; shown--) {
    const more = shown < rests.length ? ` +${rests.length - shown} more` : "";
    const text = `${open}${rests.slice(0, shown).join(separator)}${close}${more}`;
    if (text.length <= width || shown === 1) return cut(text, width);
  }
  return "";
}

/** The leading words, each with its dash, that all of several names share and that leave something of each. */
function sharedWords(names: readonly string[]): string {
  const [first] = names;
  if (first === undefined || names.length === 1) return "";
  let shared = "";
  for (const [word] of first.matchAll(/[^-]*-/g)) {
    const longer = shared + word;
    if (!names.every((name) => name.startsWith(longer) && name.length > longer.length)) break;
    shared = longer;
  }
  return shared;
}

/** Text broken between words into lines of at most `width` columns, each with the indentation of the first. */
export function wrap(text: string, width: number): string[] {
  const [indent = ""] = /^\s*/.exec(text) ?? [];
  const lines: string[] = [];
  let line = "";
  for (const word of text.trim().split(/ +/)) {
    if (line !== "" && `${line} ${word}`.length > width) {
      lines.push(line);
      line = "";
    }
    line = line === "" ? `${indent}${word}` : `${line} ${word}`;
  }
  return [...lines, line];
}

/** Milliseconds for a reader: "840 ms", "2.1 s". */
export function duration(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;
}
