/** One run of one program: what it has registered, logged and still waits for. Knows nothing about transports. */
import { PlanError, type PlanErrorKind } from "../errors";
import {
  type Diagnostic,
  type Graph,
  type Mode,
  type PlannedResource,
  type PropertyMap,
  Secret,
  type Value,
} from "../graph";
import type { Answers } from "../options";
import { Decoder, type ProtoStruct } from "./wire";

export interface DeploymentOptions {
  readonly project: string;
  readonly stack: string;
  readonly organization: string;
  readonly mode: Mode;
  /** By full key, such as `aws:region`. */
  readonly config: Readonly<Record<string, string>>;
  readonly secretConfigKeys: readonly string[];
  readonly answers: Answers;
  readonly onResource?: (urn: string) => void;
  readonly debug?: boolean;
  /** The program's directory; taken out of messages and asset paths, so that a plan is the same everywhere. */
  readonly root?: string;
}

export type Recorded = { -readonly [K in keyof PlannedResource]: PlannedResource[K] };

export class Deployment {
  readonly resources: Recorded[] = [];
  readonly byUrn = new Map<string, Recorded>();
  readonly diagnostics: Diagnostic[] = [];
  /** Calls by the program that have no answer yet, by a running number. */
  private readonly pending = new Map<number, string>();
  private nextCall = 0;
  private readonly secrets = new Set<string>();
  private readonly started = performance.now();
  /** Rejects when the plan cannot go on; never resolves. */
  readonly failed: Promise<never>;
  failure: PlanError | undefined;
  private reject!: (error: PlanError) => void;
  outputs: PropertyMap = {};

  constructor(readonly options: DeploymentOptions) {
    this.failed = new Promise((_, reject) => {
      this.reject = reject;
    });
    // Every transport races against it; one that has already ended must not make it an unhandled rejection.
    this.failed.catch(() => {});
    for (const key of options.secretConfigKeys) this.noteSecret(options.config[key] ?? null);
  }

  get urnContext(): { stack: string; project: string } {
    return this.options;
  }

  /** Ends the plan with the first failure; later ones are consequences of it. */
  fail(error: PlanError): PlanError {
    if (this.failure === undefined) {
      this.failure = this.masked(error);
      this.reject(this.failure);
    }
    return this.failure;
  }

  error(kind: PlanErrorKind, message: string, urn?: string): PlanError {
    return this.fail(new PlanError(kind, message, { urn }));
  }

  private masked(error: PlanError): PlanError {
    const diagnostics = sorted(this.diagnostics);
    const faults = error.faults.map((fault) => ({ ...fault, reason: this.mask(fault.reason) }));
    const details = error.details === undefined ? undefined : this.maskSecrets(error.details);
    return new PlanError(error.kind, this.mask(error.message), { urn: error.urn, faults, details, diagnostics });
  }

  record(resource: Recorded): void {
    this.byUrn.set(resource.urn, resource);
    this.resources.push(resource);
    this.options.onResource?.(resource.urn);
  }

  log(severity: Diagnostic["severity"], message: string, urn?: string): void {
    const text = this.mask(message);
    this.diagnostics.push(urn ? { severity, message: text, urn } : { severity, message: text });
  }

  /** Marks a call as outstanding until the returned function is called. */
  begin(what: string): () => void {
    const call = this.nextCall++;
    this.pending.set(call, what);
    return () => this.pending.delete(call);
  }

  timedOut(milliseconds: number, waitingFor: readonly string[] = []): PlanError {
    const pending = [...this.pending.values(), ...waitingFor];
    const last = this.resources.slice(-3).map(({ urn }) => urn);
    const lines = [`The program did not end within ${milliseconds} ms.`];
    lines.push(
      pending.length === 0
        ? "No call to the engine was pending: it waits for something of its own, such as a promise, a timer or a socket."
        : `Pending: ${pending.slice(0, 10).join(", ")}${pending.length > 10 ? ` and ${pending.length - 10} more` : ""}.`,
    );
    lines.push(last.length === 0 ? "No resource was registered." : `Last registered: ${last.join(", ")}.`);
    return this.error("timeout", lines.join(" "));
  }

  decoder(): Decoder {
    return new Decoder((value) => this.noteSecret(value));
  }

  decode(struct: ProtoStruct | undefined): PropertyMap {
    return this.decoder().map(struct);
  }

  idOf = (urn: string): string | undefined => this.byUrn.get(urn)?.id;

  /** Remembers every text in a secret, so that messages that echo it can be masked. */
  noteSecret(value: Value): void {
    if (typeof value === "string" && value.length > 2) this.secrets.add(value);
    else if (value instanceof Secret) this.noteSecret(value.reveal());
    else if (value !== null && typeof value === "object")
      for (const item of Object.values(value)) this.noteSecret(item);
  }

  /** Of a value that is not secret as a whole. */
  noteSecretsIn(value: Value): void {
    if (value instanceof Secret) this.noteSecret(value);
    else if (value !== null && typeof value === "object") {
      for (const item of Object.values(value)) this.noteSecretsIn(item);
    }
  }

  mask(text: string): string {
    const masked = this.maskSecrets(text);
    const { root } = this.options;
    return root === undefined ? masked : masked.replaceAll(`${root}/`, "").replaceAll(root, ".");
  }

  private maskSecrets(text: string): string {
    let masked = text;
    for (const secret of this.secrets) if (masked.includes(secret)) masked = masked.replaceAll(secret, "[secret]");
    return masked;
  }

  graph(timings: Readonly<Record<string, number>>): Graph {
    const { project, stack, organization, mode } = this.options;
    return {
      project,
      stack,
      organization,
      mode,
      resources: this.resources,
      outputs: this.outputs,
      diagnostics: sorted(this.diagnostics),
      timings: { ...timings, total: performance.now() - this.started },
    };
  }
}

/** By resource, then in the order of their text: the order in which a program's parallel branches log is chance. */
function sorted(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const key = ({ urn, severity, message }: Diagnostic) => `${urn ?? ""}\n${severity}\n${message}`;
  return [...diagnostics].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
