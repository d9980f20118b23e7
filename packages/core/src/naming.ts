/** Prefix of the environment variables that a binding gives: `my-vectors` becomes `MY_VECTORS`. */
export function environmentPrefix(name: string): string {
  return name.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
}

/**
 * A name that a service's length limit allows: cut, with a hash of the whole in place of what was cut,
 * so that two long names with the same beginning stay apart.
 */
export function limitedName(name: string, maximum: number): string {
  if (name.length <= maximum) return name;
  let hash = 0x811c9dc5; // FNV-1a: short, stable, and no security depends on it
  for (const char of name) hash = Math.imul(hash ^ (char.codePointAt(0) as number), 0x01000193) >>> 0;
  const suffix = hash.toString(36).padStart(7, "0");
  return `${name.slice(0, maximum - suffix.length - 1).replace(/-+$/, "")}-${suffix}`;
}
