import { Framework, limitedName, type StagePlan, TrainingEngine } from "aistack-core";
import { restrictedPod } from "../workload/security";
import type { StagePod } from "./stage-pod";

/** What a training job is made from. */
export interface TrainingParts {
  serviceAccount: string;
  /** Name of the TrainingRuntime, for Kubeflow Trainer. */
  runtime: string;
}

/** API of Kubeflow Trainer. */
export const trainerApi = "trainer.kubeflow.org/v1alpha1";

/**
 * Name of the object of a run. Kubeflow Trainer makes host names of it, of 63 characters at most: of these, the pipeline's
 * name has 24, a time 14, a trial 4 and what Trainer adds 9.
 */
const nameOf = (stage: string) => `$(PIPELINE_RUN_ID)-${limitedName(stage, 10)}$(TRIAL_SUFFIX)`;

/** The object that trains, for `launch.py`, which puts in the variables of the run. */
export function trainingJob(stage: StagePlan, pod: StagePod, parts: TrainingParts): object {
  return makers[stage.engine](stage, pod, parts);
}

const makers: Readonly<Record<TrainingEngine, typeof trainingJob>> = {
  [TrainingEngine.Job]: job,
  [TrainingEngine.Trainer]: trainJob,
  [TrainingEngine.Ray]: rayJob,
};

/** Whether Kueue reads a label: on the object and not on its pods, since it is let in as a whole. */
const isForQueue = (label: string) => label.startsWith("kueue.x-k8s.io/");

function podLabels(labels: { [label: string]: string }): { [label: string]: string } {
  return Object.fromEntries(Object.entries(labels).filter(([label]) => !isForQueue(label)));
}

/** The template of the pods of processes that train. */
function podTemplate(pod: StagePod, serviceAccount: string, container: { name: string; command?: string[] }): object {
  return {
    metadata: { labels: podLabels(pod.labels) },
    spec: {
      serviceAccountName: serviceAccount,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: "Never",
      securityContext: restrictedPod,
      nodeSelector: pod.nodeSelector,
      ...(pod.tolerations.length > 0 && { tolerations: pod.tolerations }),
      // To write a last checkpoint: a spot machine is told two minutes before it goes.
      terminationGracePeriodSeconds: 110,
      containers: [{ ...pod.container, ...container }],
      volumes: pod.volumes,
    },
  };
}

function job(stage: StagePlan, pod: StagePod, { serviceAccount }: TrainingParts): object {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: nameOf(stage.name), labels: pod.labels },
    spec: {
      backoffLimit: stage.retries,
      activeDeadlineSeconds: stage.timeoutMinutes * 60,
      ttlSecondsAfterFinished: 86_400,
      // The loss of a node, as of a spot machine, is no fault of the program.
      podFailurePolicy: {
        rules: [{ action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] }],
      },
      template: podTemplate(pod, serviceAccount, { name: "main" }),
    },
  };
}

/** Kubeflow Trainer, from the TrainingRuntime that has the pods: {@link trainingRuntime}. */
function trainJob(stage: StagePlan, pod: StagePod, { runtime }: TrainingParts): object {
  return {
    apiVersion: trainerApi,
    kind: "TrainJob",
    metadata: { name: nameOf(stage.name), labels: pod.labels },
    spec: {
      runtimeRef: { apiGroup: "trainer.kubeflow.org", kind: "TrainingRuntime", name: runtime },
      activeDeadlineSeconds: stage.timeoutMinutes * 60,
      trainer: {
        numNodes: stage.nodes,
        ...(stage.accelerator !== undefined && { numProcPerNode: stage.acceleratorsPerNode }),
        resourcesPerNode: pod.container.resources,
        // Of the run, which the runtime does not know.
        env: pod.container.env,
      },
    },
  };
}

/** What a TrainingRuntime holds: the pods, how they find one another, and how often all of them start again. */
export function trainingRuntime(stage: StagePlan, pod: StagePod, serviceAccount: string): object {
  const template = podTemplate({ ...pod, container: { ...pod.container, env: [] } }, serviceAccount, { name: "node" });
  return {
    mlPolicy: { numNodes: stage.nodes, ...(stage.framework === Framework.Jax ? { jax: {} } : { torch: {} }) },
    template: {
      spec: {
        // When one is lost the others cannot go on: all start again from their last checkpoint.
        failurePolicy: { maxRestarts: stage.retries },
        replicatedJobs: [
          {
            name: "node",
            template: {
              metadata: { labels: { "trainer.kubeflow.org/trainjob-ancestor-step": "trainer" } },
              spec: { backoffLimit: 0, template },
            },
          },
        ],
      },
    },
  };
}

function rayJob(stage: StagePlan, pod: StagePod, { serviceAccount }: TrainingParts): object {
  // KubeRay starts Ray in the containers; the command of the stage is what is handed to it then.
  const { command, ...container } = pod.container;
  const group = (name: string) => ({
    rayStartParams: {},
    template: podTemplate({ ...pod, container: container as StagePod["container"] }, serviceAccount, { name }),
  });
  return {
    apiVersion: "ray.io/v1",
    kind: "RayJob",
    metadata: { name: nameOf(stage.name), labels: pod.labels },
    spec: {
      entrypoint: command.map(quoted).join(" "),
      // The operator hands it in, so that no further pod needs room in the queue.
      submissionMode: "HTTPMode",
      shutdownAfterJobFinishes: true,
      ttlSecondsAfterFinished: 600,
      backoffLimit: stage.retries,
      activeDeadlineSeconds: stage.timeoutMinutes * 60,
      rayClusterSpec: {
        headGroupSpec: group("ray-head"),
        // The head is one of the nodes.
        workerGroupSpecs:
          stage.nodes === 1
            ? []
            : [
                {
                  groupName: "workers",
                  replicas: stage.nodes - 1,
                  minReplicas: stage.nodes - 1,
                  maxReplicas: stage.nodes - 1,
                  ...group("ray-worker"),
                },
              ],
      },
    },
  };
}

/** A word as a shell reads it. */
function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}
