/** Filters of Cloud Logging. https://cloud.google.com/logging/docs/view/logging-query-language */

/** Any of several conditions. */
export function anyOf(conditions: readonly string[]): string {
  return conditions.length === 1 ? (conditions[0] as string) : conditions.map((one) => `(${one})`).join("\nOR ");
}

/** A field that has one of several values. */
export function oneOfValues(field: string, values: readonly string[]): string {
  return `${field}=(${values.map((value) => JSON.stringify(value)).join(" OR ")})`;
}

/** Log entries of one log or another. */
export function fromLogs(logs: readonly string[]): string {
  return logs.map((log) => `log_id("${log}")`).join(" OR ");
}

/** Connections of the machines in a subnet, as Compute Engine records them. */
export function flowsOf(subnetName: string): string {
  return `log_id("compute.googleapis.com/vpc_flows") AND resource.labels.subnetwork_name="${subnetName}"`;
}
