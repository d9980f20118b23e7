import type * as pulumi from "@pulumi/pulumi";
import type { Binding, DatabaseBinding, ObjectStoreBinding } from "aistack-core";

/** An Apache Airflow of the pipeline's own, which runs its stages and DAGs of yours. */
export interface AirflowArgs {
  /** Database for runs, users and connections, of Airflow alone, such as the binding of a Database. */
  database: pulumi.Input<DatabaseBinding>;
  /** Bucket for the logs of tasks. When omitted, a log goes with the pod that wrote it. */
  logs?: pulumi.Input<ObjectStoreBinding>;
  /** Bindings that Airflow and DAGs of yours use, such as that of an AccessGrant to the bucket of the logs. */
  uses?: pulumi.Input<Binding>[];
  /** Git repository with further DAGs. Defaults to none. */
  dags?: AirflowDagsArgs;
  /** Schedulers, API servers, DAG processors and triggerers, 1 to 10 of each. Defaults to 2. */
  replicas?: number;
}

/** DAGs of a Git repository, which are fetched again every minute. */
export interface AirflowDagsArgs {
  /** URL to clone: `https://host/path`, or `ssh://git@host/path` with `sshKey`. */
  repository: pulumi.Input<string>;
  /** Branch. Defaults to "main". */
  branch?: pulumi.Input<string>;
  /** Folder of the DAGs in the repository. Defaults to all of it. */
  folder?: pulumi.Input<string>;
  /** User of a private repository. Together with `password`. */
  username?: pulumi.Input<string>;
  /** Password or token of that user. A secret. */
  password?: pulumi.Input<string>;
  /** Private key for SSH, in place of a password. A secret. */
  sshKey?: pulumi.Input<string>;
  /** Lines of `known_hosts` that the server is known by. Required with `sshKey`. */
  knownHosts?: pulumi.Input<string>;
}
