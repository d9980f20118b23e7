/** Port that the servers listen on, as MLflow's own default. */
export const port = 5000;

/** Servers: one more than a node that is drained takes with it. */
export const replicas = 2;

/** Each server holds up to 60 connections to the database: 2 processes, 3 stores, 10 connections. */
export const mostReplicas = 20;
export const connections = { processes: 2, kept: 5, more: 5 };

/** MLflow takes 270 MB for each process and as much for the one that starts them, measured with 3.17.2. */
export const cpu = "500m";
export const memory = "2Gi";

/** What is deleted stays for this long, and is looked for at this time. */
export const cleanUp = { schedule: "0 4 * * *", afterDays: 30 };

/** Files that are on their way between a client and the bucket. */
export const scratch = "20Gi";

/** Where a pod has its files. */
export const paths = { files: "/tracking", tls: "/tls" };

/** The backend as SQLAlchemy has it. Where it is, libpq's variables say: no password stands in a URI, which might be shown. */
export const databaseUri = "postgresql+psycopg2://";

/** Users that are made: one for people who give rights to others, one for what uses the binding. */
export const users = { admin: "admin", client: "pipelines" };

/** What MLflow gets into names of objects: those of a job that a schedule makes have 11 characters more. */
export const longestName = 40;
