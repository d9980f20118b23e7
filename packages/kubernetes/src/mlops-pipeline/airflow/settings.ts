import type * as pulumi from "@pulumi/pulumi";
import { type Checks, checkUses, matching, wholeNumber } from "aistack-core";

import type { MlopsPipelineArgs } from "../args";
import type { AirflowArgs, AirflowDagsArgs } from "./args";
import { replicas } from "./defaults";

/** What Airflow is installed from: the arguments, checked and with defaults filled in. */
export interface AirflowSettings extends AirflowArgs {
  dags?: DagsPlan;
  replicas: number;
}

/** A repository with its defaults. */
export interface DagsPlan extends AirflowDagsArgs {
  branch: pulumi.Input<string>;
  folder: pulumi.Input<string>;
}

/** Judges `airflow`, and what else Airflow cannot do. */
export function checkedAirflow(check: Checks, args: MlopsPipelineArgs): AirflowSettings | undefined {
  const { airflow, triggers, install } = args;
  if (airflow === undefined) return undefined;
  if (airflow.database === undefined)
    check.fault("airflow.database", "is missing; give the binding of a Database that Airflow has for itself");
  for (const trigger of ["push", "drift"] as const)
    if (triggers?.[trigger] !== undefined)
      check.fault(
        `triggers.${trigger}`,
        "is nothing that Airflow can take: its API asks for a token that lasts a day, which neither Git providers nor Alertmanager fetch; leave it or `airflow` out",
      );
  for (const field of ["argoWorkflows", "argoAuthority", "signOn"] as const)
    if (install?.[field] !== undefined)
      check.fault(`install.${field}`, "is for Argo Workflows, but Airflow runs the stages; leave it or `airflow` out");
  checkUses(check, [...(airflow.uses ?? []), ...(airflow.logs === undefined ? [] : [airflow.logs])]);
  return {
    ...airflow,
    replicas: check.value("airflow.replicas", airflow.replicas ?? replicas, wholeNumber(1, 10)) as number,
    dags: airflow.dags && checkedDags(check, airflow.dags),
  };
}

function checkedDags(check: Checks, args: AirflowDagsArgs): DagsPlan {
  const path = "airflow.dags";
  const { username, password, sshKey, knownHosts, repository } = args;
  if ((username === undefined) !== (password === undefined))
    check.fault(`${path}.password`, "and `username` go together; give both or neither");
  if (sshKey !== undefined && password !== undefined)
    check.fault(`${path}.sshKey`, "is given together with `password`; leave one of the two out");
  if ((sshKey === undefined) !== (knownHosts === undefined))
    check.fault(
      `${path}.knownHosts`,
      "and `sshKey` go together, so that no other server is taken for yours; give both",
    );
  if (typeof repository === "string" && repository.startsWith("ssh://") && sshKey === undefined)
    check.fault(`${path}.sshKey`, "is missing; a repository that is cloned by SSH needs one");
  return {
    ...args,
    repository: check.value(`${path}.repository`, repository, repositoryUrl),
    branch: check.value(`${path}.branch`, args.branch ?? "main", branchName),
    folder: check.value(`${path}.folder`, args.folder ?? "", folderPath),
  };
}

/** No user and no password in it, which would stand in the plan. */
const repositoryUrl = matching(
  /^(https:\/\/[A-Za-z0-9.-]+(:\d{1,5})?|ssh:\/\/[a-z][a-z0-9_-]*@[A-Za-z0-9.-]+(:\d{1,5})?)\/[\w.~/-]+$/,
  "https://host/path without user and password, or ssh://user@host/path",
);
const branchName = matching(/^[\w.][\w./-]{0,199}$/, "the name of a branch");
const folderPath = matching(/^([\w][\w./-]{0,199})?$/, "a path in the repository, without a slash before it");
