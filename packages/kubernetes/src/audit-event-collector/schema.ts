/**
 * The schema of an audit event: attributes of an OpenTelemetry log record, and the fields of the line in the bucket that
 * they become. An event without a class that is taken, a time or an actor is kept apart.
 */

/** Attributes that become fields, beside `time`, which is that of the log record. */
export const fieldOf = {
  "audit.class": "class",
  "audit.actor": "actor",
  "audit.subject": "subject",
  "audit.model": "model",
  "audit.model_version": "model_version",
  "audit.outcome": "outcome",
  "audit.case_id": "case_id",
};

/** Attributes of the resource that an event keeps among its own: who sent it. */
export const senderAttributes = ["service.name", "service.version", "k8s.namespace.name"];

/** Where the text of a log record goes: it is free text, and is treated as such. */
export const messageAttribute = "message";

/**
 * Attributes that hold what people and models wrote. `gen_ai.*` as in OpenTelemetry's semantic conventions:
 * https://opentelemetry.io/docs/specs/semconv/registry/attributes/gen-ai/
 */
export const textAttributes = [
  messageAttribute,
  "prompt",
  "completion",
  "question",
  "answer",
  "input",
  "output",
  "gen_ai.prompt",
  "gen_ai.completion",
  "gen_ai.input.messages",
  "gen_ai.output.messages",
  "gen_ai.system_instructions",
];

/** Fields that are never looked through: numbers in them are no telephone numbers. */
export const plainAttributes = ["audit.class", "audit.model", "audit.model_version", "audit.case_id"];
