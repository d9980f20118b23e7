/** Where records lie in the bucket; below each, the layout of the service that writes them. */
export const prefixes = {
  /** CloudTrail, its digests and VPC flow logs: their services add `AWSLogs/` and the account themselves. */
  vended: "AWSLogs/",
  /** Control planes of clusters, by name and day. */
  clusters: "clusters/",
  /** What could not be processed on its way from a cluster. */
  clustersFailed: "clusters-failed/",
  /** Events of applications, by day; an AuditEventCollector writes them. */
  events: "events/",
  /** What comes through the bucket for deliveries. */
  deliveries: "deliveries/",
  access: "deliveries/s3-access/",
  inventory: "deliveries/inventory",
  /** What load balancers are told as their prefix: they take none that ends in a slash. */
  loadBalancers: "deliveries/load-balancers",
  /** Results of queries, in the bucket for deliveries; not among the records. */
  results: "query-results/",
};
