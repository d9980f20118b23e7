/** The configuration of one stack, as a program gets it: its file, what was given beside it, and the project's defaults. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PlanError } from "../errors";
import type { Diagnostic } from "../graph";
import { type Decrypt, decrypter } from "./passphrase";
import { isMap, type Project, readYaml } from "./project-file";

export interface StackConfig {
  /** By full key, values as text; maps and lists as JSON. */
  readonly values: Readonly<Record<string, string>>;
  readonly secretKeys: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

interface Given {
  config?: Readonly<Record<string, string>>;
  secretConfigKeys?: readonly string[];
}

export function readStackConfig(
  project: Project,
  stack: string,
  given: Given,
  environment: NodeJS.ProcessEnv = process.env,
): StackConfig {
  const names = [`Pulumi.${stack}.yaml`, `Pulumi.${stack}.yml`];
  const file = names.map((name) => join(project.stackDirectory, name)).find(existsSync);
  const content = file === undefined ? {} : readYaml(file);
  const { config = {}, encryptionsalt, environment: imports } = content;
  if (config !== null && !isMap(config)) {
    throw new PlanError("bad-project-file", `${file}: config should be a map of keys to values.`);
  }
  const values: Record<string, string> = {};
  const secretKeys = new Set<string>();
  const warnings: Diagnostic[] = [];
  const warn = (message: string) => warnings.push({ severity: "warning", message });

  const secrets = new Secrets(typeof encryptionsalt === "string" ? encryptionsalt : undefined, environment);
  for (const [key, value] of Object.entries(config ?? {})) {
    const full = fullKey(project, key, file);
    const plain = secrets.open(full, value);
    if (plain.secret) secretKeys.add(full);
    values[full] = text(plain.value);
  }
  for (const key of secrets.closed) {
    warn(
      `The secret configuration value ${key} is a placeholder in this plan: set PULUMI_CONFIG_PASSPHRASE or ` +
        "PULUMI_CONFIG_PASSPHRASE_FILE to have it decrypted.",
    );
  }
  if (imports !== undefined && imports !== null) {
    warn(`The environments that Pulumi.${stack}.yaml imports are not loaded: what they configure is not in this plan.`);
  }
  for (const [key, value] of Object.entries(given.config ?? {})) values[fullKey(project, key)] = value;
  for (const key of given.secretConfigKeys ?? []) secretKeys.add(fullKey(project, key));

  for (const [key, declaration] of Object.entries(project.config)) {
    applyDeclaration(project, stack, key, declaration, values, secretKeys);
  }
  return { values, secretKeys: [...secretKeys], warnings };
}

/** Decrypts `secure:` values, at any depth; collects the keys of those that stay closed. */
class Secrets {
  readonly closed: string[] = [];
  private decrypt: Decrypt | "wrong" | "absent" | undefined;

  constructor(
    private readonly salt: string | undefined,
    private readonly environment: NodeJS.ProcessEnv,
  ) {}

  open(key: string, value: unknown): { value: unknown; secret: boolean } {
    if (Array.isArray(value)) return merged(value.map((item) => this.open(key, item)));
    if (!isMap(value)) return { value, secret: false };
    const names = Object.keys(value);
    if (names.length === 1 && typeof value.secure === "string") {
      return { value: this.reveal(key, value.secure), secret: true };
    }
    const opened = names.map((name) => this.open(key, value[name]));
    const entries = names.map((name, index) => [name, opened[index]?.value]);
    return { value: Object.fromEntries(entries), secret: opened.some(({ secret }) => secret) };
  }

  private reveal(key: string, sealed: string): string {
    this.decrypt ??= decrypter(this.salt, this.environment);
    if (this.decrypt === "wrong") {
      throw new PlanError("bad-config", `The passphrase in PULUMI_CONFIG_PASSPHRASE does not open the secret ${key}.`);
    }
    if (this.decrypt === "absent") {
      if (!this.closed.includes(key)) this.closed.push(key);
      return `secret:${key}`;
    }
    try {
      return this.decrypt(sealed);
    } catch {
      throw new PlanError("bad-config", `The secure value of ${key} was not encrypted with this stack's passphrase.`);
    }
  }
}

function merged(items: readonly { value: unknown; secret: boolean }[]): { value: unknown; secret: boolean } {
  return { value: items.map(({ value }) => value), secret: items.some(({ secret }) => secret) };
}

/** `key` or `namespace:key`. Pulumi also writes `namespace:config:key`. */
function fullKey(project: Project, key: string, file?: string): string {
  const parts = key.split(":");
  if (parts.length === 3 && parts[1] === "config") parts.splice(1, 1);
  if (parts.length > 2 || parts.some((part) => part === "" || /\s/.test(part))) {
    const where = file === undefined ? "" : ` in ${file}`;
    throw new PlanError("bad-config", `The configuration key '${key}'${where} should be key or namespace:key.`);
  }
  return parts.length === 1 ? `${project.name}:${key}` : parts.join(":");
}

function text(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What `config:` in `Pulumi.yaml` says of a key: a default, a type, or just a value. */
function applyDeclaration(
  project: Project,
  stack: string,
  key: string,
  declaration: unknown,
  values: Record<string, string>,
  secretKeys: Set<string>,
): void {
  const full = fullKey(project, key);
  const declared = isMap(declaration) ? declaration : { value: declaration };
  const { type, secret } = declared;
  const fallback = declared.default ?? declared.value;
  if (secret === true) secretKeys.add(full);
  if (values[full] === undefined) {
    if (fallback === undefined && type === undefined) return;
    if (fallback === undefined) {
      const message = `The stack ${stack} is missing the configuration value ${full} (${type}): set it in Pulumi.${stack}.yaml.`;
      throw new PlanError("bad-config", message);
    }
    values[full] = text(fallback);
  }
  const fits = typeof type === "string" ? CHECKS[type] : undefined;
  if (typeof type === "string" && fits === undefined) {
    throw new PlanError("bad-project-file", `Pulumi.yaml: the configuration key ${key} has the unknown type ${type}.`);
  }
  if (fits !== undefined && !fits(values[full])) {
    const shown = secretKeys.has(full) ? "" : `, but is '${values[full]}'`;
    throw new PlanError("bad-config", `The configuration value ${full} should be of type ${type}${shown}.`);
  }
}

const CHECKS: Readonly<Record<string, (value: string) => boolean>> = {
  string: () => true,
  boolean: (value) => value === "true" || value === "false",
  integer: (value) => /^[+-]?\d+$/.test(value),
  number: (value) => value.trim() !== "" && Number.isFinite(Number(value)),
  array: (value) => Array.isArray(json(value)),
  object: (value) => isMap(json(value)),
};

function json(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
