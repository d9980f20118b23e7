import * as pulumi from "@pulumi/pulumi";

/** Says what is wrong with a value, what is allowed and how to fix it; undefined if nothing is wrong. */
export type Rule<T> = (value: T) => string | undefined;

/**
 * Checks the arguments of one component, before it registers anything.
 *
 * A plain value is judged at once, and {@link done} throws all faults together. A value that is still an output is
 * judged when it resolves, and what depends on it waits for that.
 *
 * ```ts
 * const check = new Checks("aistack-aws:index:AuditLogBucket", name);
 * const days = check.value("retentionDays", args.retentionDays ?? 365, wholeNumber(1, 36500));
 * check.done();
 * super("aistack-aws:index:AuditLogBucket", name, args, opts);
 * ```
 */
export class Checks {
  readonly #faults: pulumi.InputPropertyErrorDetails[] = [];
  readonly #subject: string;

  constructor(type: string, name: string) {
    this.#subject = `${type.split(":").at(-1)} "${name}"`;
  }

  /** Judges a value by a rule; returns it, gated by the rule if it is an output. `undefined` passes. */
  value<T>(propertyPath: string, input: pulumi.Input<T>, rule: Rule<T>): pulumi.Input<T>;
  value<T>(propertyPath: string, input: pulumi.Input<T> | undefined, rule: Rule<T>): pulumi.Input<T> | undefined;
  value<T>(propertyPath: string, input: pulumi.Input<T> | undefined, rule: Rule<T>): pulumi.Input<T> | undefined {
    if (input === undefined) return undefined;
    if (!isPlain(input)) return this.#gated(propertyPath, input, rule);
    const reason = rule(input as T);
    if (reason) this.fault(propertyPath, `is ${shown(input)}, but ${reason}`);
    return input;
  }

  /** Judges a value by a rule that needs another one too; nothing is said before both are there. */
  valueWith<T, U>(
    propertyPath: string,
    input: pulumi.Input<T>,
    other: pulumi.Input<U>,
    rule: (value: T, other: U) => string | undefined,
  ): pulumi.Input<T> {
    if (isPlain(input) && isPlain(other)) return this.value(propertyPath, input, (value) => rule(value, other as U));
    const known = pulumi.output(other) as pulumi.Output<U>;
    return known.apply((value) => this.#gated(propertyPath, input, (own) => rule(own, value))) as pulumi.Output<T>;
  }

  /** Records a fault that concerns more than one value. */
  fault(propertyPath: string, reason: string): void {
    this.#faults.push({ propertyPath, reason });
  }

  /** Faults every argument that was given although `existing` makes it void. */
  unusedWith<T extends object>(args: T, reason: "existing", ...fields: (keyof T & string)[]): void {
    for (const field of fields)
      if (args[field] !== undefined)
        this.fault(field, `has no effect together with \`${reason}\`, which creates nothing; leave one of the two out`);
  }

  /** Faults whatever was given beside `existing`, which makes all arguments void but those that are named. */
  existingAlone<T extends { existing?: unknown }>(args: T, ...besides: (keyof T & string)[]): void {
    if (args.existing === undefined) return;
    const stand: string[] = ["existing", ...besides];
    const others = Object.keys(args).filter((field) => !stand.includes(field));
    this.unusedWith(args, "existing", ...(others as (keyof T & string)[]));
  }

  /** Throws what was found, all at once. */
  done(): void {
    if (this.#faults.length === 0) return;
    const lines = this.#faults.map((fault) => `${fault.propertyPath} ${fault.reason}`);
    throw new pulumi.InputPropertiesError({
      message: `${this.#subject} is refused:\n  ${lines.join("\n  ")}`,
      errors: this.#faults,
    });
  }

  #gated<T>(propertyPath: string, input: pulumi.Input<T>, rule: Rule<T>): pulumi.Output<T> {
    const output = pulumi.output(input) as pulumi.Output<T>;
    return pulumi.all([output, pulumi.isSecret(output)]).apply(([value, secret]) => {
      const reason = rule(value as T);
      if (!reason) return value as T;
      const fault = `is ${secret ? "a secret" : shown(value)}, but ${reason}`;
      throw new pulumi.InputPropertyError({ propertyPath, reason: `${this.#subject}: ${propertyPath} ${fault}` });
    }) as pulumi.Output<T>;
  }
}

/** A whole number within bounds, both included. */
export function wholeNumber(minimum: number, maximum: number): Rule<number> {
  const allowed = `must be a whole number from ${minimum} to ${maximum}`;
  return (value) => (Number.isInteger(value) && value >= minimum && value <= maximum ? undefined : allowed);
}

/** One of a fixed list. */
export function oneOf<T extends string>(values: readonly T[]): Rule<T> {
  return (value) => (values.includes(value) ? undefined : `must be one of ${values.join(", ")}`);
}

/** Text of a given form; `form` completes "must be ...". */
export function matching(pattern: RegExp, form: string): Rule<string> {
  return (value) => (typeof value === "string" && pattern.test(value) ? undefined : `must be ${form}`);
}

/** A list with at least `minimum` items, each passing a rule. */
export function listOf<T>(rule: Rule<T>, minimum = 0): Rule<T[]> {
  return (values) => {
    if (!Array.isArray(values)) return "must be a list";
    if (values.length < minimum) return `must have ${minimum} items or more`;
    const faults = values.map((value, index) => {
      const reason = rule(value);
      return reason && `item ${index} (${shown(value)}) ${reason}`;
    });
    return faults.filter(Boolean).join("; ") || undefined;
  };
}

/** Name of a Kubernetes namespace or label value (RFC 1123). */
export const dnsLabel = matching(
  /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
  "1 to 63 lower-case letters, digits and hyphens, starting and ending with a letter or digit",
);

/** Kubernetes quantity of memory or storage, such as `16Gi`. */
export const quantity = matching(
  /^[0-9]+(\.[0-9]+)?(m|k|M|G|T|P|Ki|Mi|Gi|Ti|Pi)?$/,
  "a Kubernetes quantity such as 16Gi or 500m",
);

const quantityUnits: { [unit: string]: number } = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
};

/** Bytes of a {@link quantity}; undefined if it is none. */
export function bytesOfQuantity(text: string): number | undefined {
  if (quantity(text) !== undefined) return undefined;
  const [, number, unit] = /^([0-9.]+)(.*)$/.exec(text) as RegExpExecArray;
  return Number(number) * (quantityUnits[unit as string] as number);
}

/** Cron schedule of five fields, or one of the names that Kubernetes takes. */
export const cronSchedule: Rule<string> = (schedule) => {
  const fields = typeof schedule === "string" ? schedule.split(" ") : [];
  const named = /^@(yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(fields.join(" "));
  const fits = fields.length === cronFields.length && fields.every((field, index) => isCronField(field, index));
  return named || fits ? undefined : 'must be a cron schedule of five fields such as "0 3 * * *"';
};

interface CronField {
  least: number;
  most: number;
  /** Names of its values, from the least on. */
  names?: string[];
}

const cronFields: readonly CronField[] = [
  { least: 0, most: 59 },
  { least: 0, most: 23 },
  { least: 1, most: 31 },
  { least: 1, most: 12, names: "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ") },
  // Sunday is 0 and, to most, 7 too; Kubernetes takes 0 to 6 only.
  { least: 0, most: 6, names: "SUN MON TUE WED THU FRI SAT".split(" ") },
];

/** As github.com/robfig/cron/v3 reads it, which Kubernetes and Argo Workflows do: lists of ranges with steps. */
function isCronField(field: string, index: number): boolean {
  const { least, most, names = [] } = cronFields[index] as CronField;
  const value = (text: string) => {
    const named = names.indexOf(text.toUpperCase());
    return named >= 0 ? least + named : /^\d+$/.test(text) ? Number(text) : Number.NaN;
  };
  return field.split(",").every((part) => {
    const match = /^(?:\*|\?|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
    if (!match) return false;
    const [, first, last, step] = match;
    if (step !== undefined && Number(step) === 0) return false;
    if (first === undefined) return true;
    const from = value(first);
    const to = last === undefined ? from : value(last);
    return from >= least && to <= most && from <= to;
  });
}

/** IPv4 range in CIDR notation. */
export const cidr: Rule<string> = (value) => {
  const form = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;
  // What other languages pass need not be text.
  const match = typeof value === "string" ? form.exec(value) : null;
  const fits = match?.slice(1, 5).every((octet) => Number(octet) <= 255) && Number(match[5]) <= 32;
  return fits ? undefined : "must be an IPv4 range in CIDR notation such as 203.0.113.0/24";
};

/** Widest range that may be let to a public API endpoint. Wider ones belong to nobody who could name them as his own. */
const widestApiAccess = 8;

/**
 * Ranges that never come from the internet, which EKS refuses for a public endpoint: private, shared, loopback and
 * link-local ones. https://docs.aws.amazon.com/eks/latest/APIReference/API_VpcConfigRequest.html
 */
const privateAddress =
  /^(10|127|169\.254|192\.168|172\.(1[6-9]|2[0-9]|3[01])|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))\./;

/** IPv4 range that may be let to a Kubernetes API over the internet: a public one, and not all of the internet. */
export const apiAccessRange: Rule<string> = (value) => {
  const fault = cidr(value);
  if (fault) return fault;
  if (Number(value.split("/")[1]) < widestApiAccess)
    return "opens the Kubernetes API to the internet; name the ranges that you call it from, such as 203.0.113.7/32";
  if (!privateAddress.test(value)) return undefined;
  return "is a private range, which the public endpoint never sees; from the network the API can always be reached";
};

/** True if no part of a value is still to come. */
function isPlain(value: unknown): boolean {
  if (pulumi.Output.isInstance(value) || value instanceof Promise) return false;
  if (typeof value !== "object" || value === null) return true;
  return Object.values(value).every(isPlain);
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
