import * as pulumi from "@pulumi/pulumi";
import { PipelineProgram, programFiles, StageKind } from "aistack-core";
import { programText } from "../../programs";
import { restrictedPod } from "../../workload/security";
import { apiAccess, apiAccessMount } from "../api-access";
import { programPath, resultFolder } from "../defaults";
import { everyMinutes } from "../schedule";
import type { PipelineSettings } from "../settings";
import type { StagePod } from "../stage-pod";
import type { PipelineStages, StagePods } from "../stages";
import { attemptsOfLauncher, launcherMinutes, startMinutes } from "./defaults";

/** What Kubernetes replaces by the name of the run, which `programs/airflow/pipeline.py` gives to each pod. */
export const runId = "$(PIPELINE_RUN_ID)";

/** A task of the DAG, for `programs/airflow/pipeline.py`. */
interface TaskRow {
  id: string;
  kind: "pod" | "search" | "person" | "record";
  /** Ids of the tasks before it. */
  after: string[];
  [field: string]: unknown;
}

/** Files of the folder that the DAG is in. */
export function dagFiles(
  name: string,
  settings: PipelineSettings,
  namespace: pulumi.Input<string>,
  stages: PipelineStages,
): { [file: string]: pulumi.Input<string> } {
  const { triggers, model } = settings;
  const pipeline = pulumi
    .all([stages.pods, stages.watcher, namespace, triggers.schedule])
    .apply(([pods, watcher, stagesNamespace, schedule]) => {
      return {
        name,
        model,
        namespace: stagesNamespace,
        schedule,
        tasks: (pods as StagePods[]).flatMap((stage) => tasksOf(stage, settings)),
        ...(watcher &&
          triggers.data && {
            watch: {
              schedule: everyMinutes(triggers.data.everyMinutes),
              ...podRow("watch", [], watcher as StagePods, goOn(watcher as StagePods, "is-new", "yes")),
            },
          }),
      };
    });
  const { "pipeline_run.py": library, "draw.py": draw } = programFiles(PipelineProgram.Draw);
  return {
    "pipeline.py": programText("airflow/pipeline.py"),
    "pipeline.json": pulumi.jsonStringify(pipeline),
    "pipeline_run.py": library as string,
    "draw.py": draw as string,
    // These two are no DAGs.
    ".airflowignore": "draw.py\npipeline_run.py\n",
  };
}

function tasksOf(pods: StagePods, settings: PipelineSettings): TaskRow[] {
  const { stage, search } = pods;
  if (stage.kind === StageKind.Approve) return approvalRows(pods, settings);
  if (!stage.search || !search) return [podRow(stage.name, stage.after, pods, pods.pod)];
  const trials = `${stage.name}-trials`;
  const light = { ...pods, stage: { ...stage, retries: 2, timeoutMinutes: 60 }, speaksToApi: false };
  return [
    {
      ...podRow(trials, stage.after, pods, pods.pod),
      kind: "search",
      draw: `${stage.name}-draw`,
      search: stage.search,
    },
    podRow(stage.name, [trials], light, search.choose),
  ];
}

/** Thresholds, then a person, then the record of who it was. Where one says no, what comes after is left out. */
function approvalRows(pods: StagePods, { approval }: PipelineSettings): TaskRow[] {
  const { name, after } = pods.stage;
  const pod = goOn(pods, "decision", "approved");
  if (!approval.person) return [podRow(name, after, pods, pod)];
  const [thresholds, person] = [`${name}-by-thresholds`, `${name}-by-person`];
  return [
    podRow(thresholds, after, pods, pod),
    { id: person, kind: "person", after: [thresholds], timeoutHours: approval.timeoutHours },
    { ...podRow(name, [person], pods, pod), kind: "record", person },
  ];
}

/** The pod, with a command that says by its exit code whether to go on. */
function goOn({ pod }: StagePods, file: string, value: string): StagePod {
  const { command } = pod.container;
  const wrapped = ["python", "-u", `${programPath}/go_on.py`, `${resultFolder}/${file}`, value, ...command];
  return { ...pod, container: { ...pod.container, command: wrapped } };
}

function podRow(id: string, after: string[], pods: StagePods, pod: StagePod): TaskRow {
  const { stage, speaksToApi, serviceAccount } = pods;
  // Most pods have it.
  const results = { name: "RESULT_FOLDER", value: resultFolder };
  const variables = [...pod.container.env.filter(({ name }) => name !== results.name), results];
  const isOfRun = ({ value }: { value: string }) => value.includes(runId);
  return {
    id,
    kind: "pod",
    after,
    once: speaksToApi,
    retries: speaksToApi ? attemptsOfLauncher : stage.retries,
    startMinutes,
    timeoutMinutes: speaksToApi ? launcherMinutes : stage.timeoutMinutes,
    environment: Object.fromEntries(
      variables.filter((row) => isOfRun(row) && row.name !== "PIPELINE_RUN_ID").map(({ name, value }) => [name, value]),
    ),
    pod: {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { labels: pod.labels },
      spec: {
        serviceAccountName: serviceAccount,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        restartPolicy: "Never",
        securityContext: restrictedPod,
        nodeSelector: pod.nodeSelector,
        tolerations: pod.tolerations,
        // From its start on: it may wait long for room before. What a launcher makes has an end of its own.
        ...(!speaksToApi && { activeDeadlineSeconds: stage.timeoutMinutes * 60 }),
        containers: [
          {
            ...pod.container,
            name: "main",
            env: variables.filter((row) => !isOfRun(row)),
            ...(speaksToApi && { volumeMounts: [...pod.container.volumeMounts, apiAccessMount] }),
          },
        ],
        volumes: speaksToApi ? [...pod.volumes, apiAccess] : pod.volumes,
      },
    },
  };
}
