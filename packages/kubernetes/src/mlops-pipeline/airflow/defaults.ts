/** Release, and what its objects are named by. */
export const airflow = "airflow";

/** Port of the API servers: pages, API, and what tasks report to. */
export const apiPort = 8080;

/** Where the exporter of metrics is asked for them: `ports.statsdScrape` of the chart. */
export const metricsPort = 9102;

/** Service accounts of what starts the pods of stages, and of what waits for them. */
export const accounts = { worker: "airflow-worker", triggerer: "airflow-triggerer" };

/** Where Airflow's containers find what is theirs. */
export const paths = {
  /** The authorities that they trust, and the chain of the API servers' certificate. */
  trust: "/opt/aistack/trust",
  /** Key of the API servers, in those alone. */
  tls: "/opt/aistack/tls",
  /** The pipeline's own DAG. */
  pipeline: "/opt/aistack/pipeline",
  /** First password, in the job alone that makes the user. */
  user: "/opt/aistack/user",
};

export const files = { chain: "api-server.pem", database: "database-ca.crt", logs: "logs-ca.crt" };

/** Name of Airflow's connection to the bucket of its logs. */
export const logsConnection = "aistack_logs";

/** Schedulers and the like: one more than a node that is drained takes with it. */
export const replicas = 2;

/** Attempts of a pod whose node was lost, where it makes attempts of its own otherwise. */
export const attemptsOfLauncher = 5;

/** Minutes that a pod may wait for room in the queue: a week. */
export const startMinutes = 7 * 24 * 60;

/** Minutes that Airflow's part of waiting for a launcher may take: the longest that a stage may. */
export const launcherMinutes = 43_200;

/** The user that is made, who gives rights to others. */
export const adminUser = "admin";
