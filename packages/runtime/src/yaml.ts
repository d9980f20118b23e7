type Value = string | number | boolean | object | undefined;

/**
 * Data as YAML. Every string is quoted as JSON quotes it, which YAML reads alike: "yes", "0600" and "1.36" stay strings.
 */
export function yaml(value: object): string {
  return `${lines(value as { [key: string]: Value }).join("\n")}\n`;
}

function lines(value: object): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => nested("-", item as Value));
  return Object.entries(value as { [key: string]: Value }).flatMap(([key, item]) =>
    item === undefined ? [] : nested(`${/^[\w-]+$/.test(key) ? key : JSON.stringify(key)}:`, item),
  );
}

function nested(prefix: string, value: Value): string[] {
  if (typeof value !== "object") return [`${prefix} ${JSON.stringify(value)}`];
  if (Object.keys(value).length === 0) return [`${prefix} ${Array.isArray(value) ? "[]" : "{}"}`];
  const inner = lines(value);
  if (prefix !== "-") return [prefix, ...inner.map((line) => `  ${line}`)];
  return inner.map((line, index) => `${index === 0 ? "- " : "  "}${line}`);
}
