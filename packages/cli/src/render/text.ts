/** "1 resource", "2 resources". */
export function counted(count: number, singular: string, plural = `${singular}s`): string {
  return `${count} ${count === 1 ? singular : plural}`;
}

/** Cut to `width` columns, with an ellipsis in the place of what was cut. */
export function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`;
}

/** Cut to `width` columns in the middle: names tend to begin with their parent's, and to differ at the end. */
function cutMiddle(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.floor((width - 1) / 3);
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}

/**
 * A list of names in at most `width` columns. The words that all share in front and behind are written once, as a
 * shell would expand them: `train-{blue,green}-nodes`. Where that is too wide, those in front are left out, and as many
 * names as must be, which are counted.
 */
export function nameList(names: readonly string[], width: number): string {
  const [only] = names;
  if (only !== undefined && names.length === 1) return cutMiddle(only, width);
  const { front, own, back } = sharedWords(names);
  const list = (lead: string, shown: number) => {
    const more = shown < own.length ? ` +${own.length - shown} more` : "";
    const some = own.slice(0, shown);
    return `${front || back ? `${lead}{${some.join(",")}}${back}` : some.join(", ")}${more}`;
  };
  const leads = front === "" ? [""] : [front, "…"];
  // A name takes at least a letter and a separator: there is no use in trying more of thousands than could fit.
  for (let shown = Math.min(own.length, Math.ceil(width)); shown > 0; shown--) {
    const fitting = leads.map((lead) => list(lead, shown)).find((text) => text.length <= width);
    if (fitting !== undefined) return fitting;
  }
  return cut(list(leads.at(-1) ?? "", 1), width);
}

/** What several names share in front and behind, in whole words between dashes, and what each has of its own. */
function sharedWords(names: readonly string[]): { front: string; own: string[]; back: string } {
  const all = names.map((name) => name.split("-"));
  const [first = []] = all;
  const spare = Math.min(...all.map((words) => words.length)) - 1;
  let front = 0;
  while (front < spare && all.every((words) => words[front] === first[front])) front++;
  let back = 0;
  while (front + back < spare && all.every((words) => words.at(-1 - back) === first.at(-1 - back))) back++;
  return {
    front: first
      .slice(0, front)
      .map((word) => `${word}-`)
      .join(""),
    own: all.map((words) => words.slice(front, words.length - back).join("-")),
    back: first
      .slice(first.length - back)
      .map((word) => `-${word}`)
      .join(""),
  };
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
