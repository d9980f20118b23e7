/**
 * One changed value for each program, and the resources that it changes: exactly these. A component whose
 * arguments change is among them: the engine counts that as a step.
 */
export interface Change {
  readonly config: Readonly<Record<string, string>>;
  readonly updates: readonly string[];
  /** Those that Kubernetes does not let change, such as the pod of a Job. Defaults to none. */
  readonly replaces?: readonly string[];
}

export const changes: Readonly<Record<string, Change>> = {
  "stacks/cloud-aws": { config: { vectorMemory: "3Gi" }, updates: ["vectors", "vectors-servers"] },
  "stacks/cloud-gcp": { config: { vectorMemory: "3Gi" }, updates: ["vectors", "vectors-servers"] },
  "stacks/edge": { config: { vectorMemory: "3Gi" }, updates: ["vectors", "vectors-servers"] },
  "examples/audit-events-kubernetes": { config: { bucket: "other-records" }, updates: ["events", "events-collectors"] },
  "examples/audit-forwarder-edge": {
    config: { bufferDays: "3" },
    updates: ["audit-log", "audit-log-readers"],
    // The provider makes a ConfigMap anew when its data change.
    replaces: ["audit-log-configuration"],
  },
  "examples/inference-kubernetes": { config: { model: "Qwen/Qwen3-8B" }, updates: ["model", "model-replicas"] },
  "examples/inference-delivery": {
    config: { trackingUrl: "https://mlflow.example.org" },
    updates: ["churn", "churn-canary", "churn-replicas"],
  },
  "examples/vector-engines": { config: { capacity: "100000000" }, updates: ["vectors", "vectors-servers"] },
  "examples/vector-store-kubernetes": {
    config: { replicas: "2" },
    updates: ["vectors", "vectors-servers", "vectors-snapshots"],
    // What it asks for to be created now has two copies.
    replaces: ["vectors-collection"],
  },
};
