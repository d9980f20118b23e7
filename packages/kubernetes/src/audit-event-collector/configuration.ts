/**
 * The collector's way of an event: schema, personal data, bucket. Names and fields as in the READMEs and `config.go` of
 * transformprocessor, filterprocessor, redactionprocessor and otlpreceiver at v0.158.0.
 */
import type { AuditEventClass } from "aistack-core";
import {
  collectorPaths,
  collectorPorts,
  collectorYaml,
  fromEnvironment,
  literal,
  memoryLimiter,
  storeExporter,
  WhenFull,
} from "aistack-runtime";
import { prefixes, queueShares } from "./defaults";
import { personalAttributes, removedAttributes, valuePatterns } from "./personal-data";
import { fieldOf, messageAttribute, plainAttributes, senderAttributes, textAttributes } from "./schema";

/** What the configuration is made from: the arguments, checked. */
export interface EventsConfiguration {
  classes: AuditEventClass[];
  /** Further patterns of personal data. */
  patterns: string[];
  /** Further attributes that hold personal data. */
  hashedAttributes: string[];
  /** Further attributes that are left out. */
  removedAttributes: string[];
  recordTexts: boolean;
  tls: boolean;
  bufferBytes: number;
}

/** `collector.yaml` of an AuditEventCollector. Holds no secret: what is one comes from the environment. */
export function eventsConfiguration(settings: EventsConfiguration): string {
  const { bufferBytes } = settings;
  const first = ["memory_limiter", "transform/schema", "redaction"];
  return collectorYaml({
    receivers: { otlp: receiver(settings.tls) },
    processors: {
      memory_limiter: memoryLimiter,
      "transform/schema": transform(schemaStatements(settings)),
      redaction: redaction(settings),
      "filter/events": dropWhere(faultsOf(settings.classes).map(([condition]) => condition)),
      "filter/rejected": dropWhere([allOf(faultsOf(settings.classes).map(([condition]) => `not (${condition})`))]),
      "transform/line": transform(lineStatements),
      "transform/rejected": transform([...reasonStatements(settings.classes), ...lineStatements]),
    },
    exporters: {
      "awss3/events": storeExporter(prefixes.events, bufferBytes * queueShares.events, WhenFull.Refuse),
      "awss3/rejected": storeExporter(prefixes.rejected, bufferBytes * queueShares.rejected, WhenFull.Refuse),
    },
    pipelines: {
      "logs/events": {
        receivers: ["otlp"],
        processors: [...first, "filter/events", "transform/line"],
        exporters: ["awss3/events"],
      },
      "logs/rejected": {
        receivers: ["otlp"],
        processors: [...first, "filter/rejected", "transform/rejected"],
        exporters: ["awss3/rejected"],
      },
    },
    bufferBytes,
  });
}

function receiver(tls: boolean): object {
  const files = { cert_file: `${collectorPaths.tls}/tls.crt`, key_file: `${collectorPaths.tls}/tls.key` };
  // Certificates are renewed while the collector runs.
  const secured = tls ? { tls: { ...files, min_version: "1.2", reload_interval: "1h" } } : {};
  return {
    protocols: {
      grpc: { endpoint: `0.0.0.0:${collectorPorts.otlpGrpc}`, ...secured },
      http: { endpoint: `0.0.0.0:${collectorPorts.otlpHttp}`, ...secured },
    },
  };
}

/** Statements on log records; one that fails is noted and the rest go on, so that no event is lost to it. */
function transform(statements: string[]): object {
  return { error_mode: "ignore", log_statements: [{ context: "log", statements: statements.map(literal) }] };
}

/** Leaves out the records for which a condition is true. */
function dropWhere(conditions: string[]): object {
  return { error_mode: "ignore", logs: { log_record: conditions.map(literal) } };
}

const attribute = (name: string) => `log.attributes[${JSON.stringify(name)}]`;
/** How OTTL writes the trace of a record that has none. */
const noTrace = "0".repeat(32);
const allOf = (conditions: string[]) => conditions.join(" and ");

/** Any form in which SDKs send events, made one: text attributes, and nothing in the body. */
function schemaStatements(settings: EventsConfiguration): string[] {
  const removed = [removedAttributes, ...settings.removedAttributes.map((name) => `^${escaped(name)}$`)];
  return [
    `merge_maps(log.attributes, log.body, "insert") where IsMap(log.body)`,
    `set(${attribute(messageAttribute)}, log.body) where IsString(log.body) and log.body != ""`,
    `set(log.body, "")`,
    `set(${attribute("audit.class")}, log.event_name) where ${attribute("audit.class")} == nil and log.event_name != ""`,
    ...senderAttributes.map(
      (name) =>
        `set(${attribute(name)}, resource.${attribute(name).slice(4)}) where resource.${attribute(name).slice(4)} != nil`,
    ),
    `set(${attribute("trace_id")}, log.trace_id.string) where log.trace_id.string != "${noTrace}"`,
    "stringify_all(log.attributes)",
    ...removed.map((pattern) => `delete_matching_keys(log.attributes, ${JSON.stringify(pattern)})`),
    ...textAttributes.map(
      (name) => `set(${attribute(`${name}.length`)}, String(Len(${attribute(name)}))) where ${attribute(name)} != nil`,
    ),
  ];
}

/** Replaces personal data by its keyed hash: the same person has the same hash, for as long as there is the key. */
function redaction(settings: EventsConfiguration): object {
  const names = ["audit.subject", ...settings.hashedAttributes, ...(settings.recordTexts ? [] : textAttributes)];
  return {
    allow_all_keys: true,
    redact_all_types: true,
    hash_function: "hmac-sha256",
    hmac_key: fromEnvironment("PSEUDONYM_KEY"),
    ignored_keys: plainAttributes,
    blocked_key_patterns: [`^(${names.map(escaped).join("|")})$`, personalAttributes].map(literal),
    blocked_values: [...valuePatterns, ...settings.patterns].map(literal),
    summary: "silent",
  };
}

/** Conditions under which an event is rejected, the one that counts last, and what is said of it. */
function faultsOf(classes: AuditEventClass[]): [string, string][] {
  const actor = attribute("audit.actor");
  return [
    [`${actor} == nil or ${actor} == ""`, "no actor"],
    ["log.time_unix_nano == 0", "no time"],
    [
      `not IsMatch(${attribute("audit.class")}, "^(${classes.map(escaped).join("|").replaceAll("\\", "\\\\")})$")`,
      "unknown class",
    ],
  ];
}

function reasonStatements(classes: AuditEventClass[]): string[] {
  return faultsOf(classes).map(([condition, reason]) => `set(log.cache["reason"], "${reason}") where ${condition}`);
}

/** One line of JSON: the fields of the schema, and all else under `attributes`. */
const lineStatements = [
  `set(log.cache["time"], FormatTime(log.time, "%Y-%m-%dT%H:%M:%S.%LZ")) where log.time_unix_nano > 0`,
  ...Object.entries(fieldOf).map(
    ([name, field]) => `set(log.cache["${field}"], ${attribute(name)}) where ${attribute(name)} != nil`,
  ),
  `delete_matching_keys(log.attributes, "^(${Object.keys(fieldOf).map(escaped).join("|").replaceAll("\\", "\\\\")})$")`,
  `set(log.cache["attributes"], log.attributes)`,
  "set(log.body, log.cache)",
];

/** Text as it stands, in a regular expression. */
function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
