/**
 * The result of planning a program: every resource it would register, as plain data.
 *
 * Values in `inputs`, `outputs` and stack outputs are JSON-like, with four additions that Pulumi's wire format
 * has too: {@link Unknown} for a value that only exists after creation, {@link Secret} around a value that must
 * not be shown, and Pulumi's assets and archives as `{ $asset: ... }` / `{ $archive: ... }`. A reference to
 * another resource is the URN of that resource as `{ $resource: urn }`.
 */
export interface Graph {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly mode: Mode;
  /** In the order of registration. */
  readonly resources: readonly PlannedResource[];
  /** What the program exports. */
  readonly outputs: PropertyMap;
  /** What the program logged, and what the engine has to say about it. */
  readonly diagnostics: readonly Diagnostic[];
  /** Milliseconds by phase; the only part of a graph that differs from run to run. */
  readonly timings: Readonly<Record<string, number>>;
}

/**
 * `preview`: what the provider computes is unknown, as in a first `pulumi preview`.
 * `simulate`: computed outputs are derived by documented per-type rules where one exists, else stay unknown.
 */
export type Mode = "preview" | "simulate";

export interface PlannedResource {
  readonly urn: string;
  /** Pulumi type token, such as `aws:s3/bucket:Bucket`. */
  readonly type: string;
  readonly name: string;
  /** URN of the parent; absent only on the stack itself. */
  readonly parent?: string;
  /** False for component resources, which no provider creates. */
  readonly custom: boolean;
  /** True when an existing resource is read (`Resource.get`), not created. */
  readonly read: boolean;
  /** True for a component that another process would construct; its children are not in the graph. */
  readonly remote: boolean;
  /** Provider id for custom resources, in `simulate` mode or when read or imported; otherwise absent. */
  readonly id?: string;
  /**
   * Reference of an explicit provider (`urn::id`, the id being `unknown` until the provider exists); absent where the
   * default provider is used.
   */
  readonly provider?: string;
  /** References of the providers that a component hands to its children, by package. */
  readonly providers?: Readonly<Record<string, string>>;
  readonly inputs: PropertyMap;
  readonly outputs: PropertyMap;
  /** URNs, sorted. */
  readonly dependencies: readonly string[];
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly options: ResourceOptions;
}

/** Resource options in effect, inheritance from the parent applied. Absent means the engine's default. */
export interface ResourceOptions {
  readonly protect?: boolean;
  readonly retainOnDelete?: boolean;
  readonly deleteBeforeReplace?: boolean;
  readonly deletedWith?: string;
  readonly replaceWith?: readonly string[];
  readonly ignoreChanges?: readonly string[];
  readonly replaceOnChanges?: readonly string[];
  readonly additionalSecretOutputs?: readonly string[];
  readonly aliases?: readonly string[];
  readonly customTimeouts?: Readonly<Record<string, string>>;
  readonly importId?: string;
  readonly version?: string;
  readonly pluginDownloadUrl?: string;
  readonly hooks?: Readonly<Record<string, readonly string[]>>;
}

export type Value =
  | null
  | boolean
  | number
  | string
  | Unknown
  | Secret
  | readonly Value[]
  | { readonly [key: string]: Value };
export type PropertyMap = { readonly [key: string]: Value };

export interface Diagnostic {
  readonly severity: "debug" | "info" | "warning" | "error";
  readonly message: string;
  /** URN of the resource the message is about, if any. */
  readonly urn?: string;
}

/** A value that is known only after the resource exists. There is one instance, {@link unknown}. */
export class Unknown {
  toJSON(): object {
    return { $unknown: true };
  }
}
export const unknown = new Unknown();

/** A value that must not be shown. Its JSON form never holds the value. */
export class Secret {
  readonly #value: Value;
  constructor(value: Value) {
    this.#value = value;
  }
  /** The value itself, for assertions in tests. */
  reveal(): Value {
    return this.#value;
  }
  toJSON(): object {
    return { $secret: true };
  }
}
