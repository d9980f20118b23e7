import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  type Binding,
  bindingField,
  type Checks,
  environmentPrefix,
  type InferenceDelivery,
  matching,
  wholeNumber,
} from "aistack-core";
import { programText } from "../programs";
import { selectorLabels } from "../workload/labels";
import type { InferenceServiceArgs } from "./args";
import type { InferenceSettings } from "./settings";

/** How a pipeline brings models, with defaults. */
export interface DeliverySettings {
  initialModel?: pulumi.Input<string>;
  canaryReplicas: number;
}

/** Which of the two Deployments a replica belongs to. */
export type Track = "stable" | "canary";

/** Label that tells their pods apart. */
const trackLabel = "aistack.dev/track";

/** Labels that tell the pods of one Deployment from all others. */
export function trackSelector(name: string, track: Track | undefined): { [label: string]: string } {
  return { ...selectorLabels(name, "server"), ...(track && { [trackLabel]: track }) };
}

/** Annotation of a pod template with the model that its pods were started for: programs/deploy.py changes it to restart them. */
export const modelAnnotation = "aistack.dev/model";

const modelUri = matching(
  /^(models:\/[^/\s]+\/[^/\s]+|models:\/[^/\s@]+@[^/\s]+|\/[\w./-]+|s3:\/\/[\w.-]+(\/[\w./=-]*)?)$/,
  'a model of MLflow such as "models:/churn/3", an absolute path, or an S3 URL',
);

/** What `delivery` makes void, since the pipeline decides it, or since only vLLM has it. */
const decidedByPipeline = ["model", "modelRevision", "engineArgs", "huggingFaceToken"] as const;

/** Judges `delivery` and what stands beside it. */
export function checkedDelivery(check: Checks, args: InferenceServiceArgs): DeliverySettings | undefined {
  const { delivery } = args;
  if (delivery === undefined || args.existing !== undefined) return undefined;
  for (const field of decidedByPipeline)
    if (args[field] !== undefined)
      check.fault(
        field,
        "is for vLLM with a model that stays, but `delivery` leaves the model to a pipeline; leave one of the two out",
      );
  if (args.modelCache !== undefined && args.modelCache.existingClaim === undefined)
    check.fault("modelCache", "is for downloads of vLLM; with `delivery`, give an `existingClaim` or leave it out");
  if (args.image === undefined) {
    if (args.accelerator !== undefined)
      check.fault(
        "accelerator",
        "is of no use to the image of MLflow's model server; give an `image` that has use for it",
      );
    if (!args.uses?.length && args.environment === undefined)
      check.fault(
        "uses",
        "is missing; give the binding of the TrackingServer that MLflow's model server loads models from",
      );
  }
  return {
    initialModel: check.value("delivery.initialModel", delivery.initialModel, modelUri),
    canaryReplicas: check.value("delivery.canaryReplicas", delivery.canaryReplicas ?? 1, wholeNumber(1, 100)) as number,
  };
}

/**
 * Which model each of the two Deployments serves. Written by the pipeline: what Pulumi puts in is for the time before.
 */
export function deliveredModels(
  name: string,
  metadata: kubernetes.types.input.meta.v1.ObjectMeta,
  { initialModel }: DeliverySettings,
  child: pulumi.CustomResourceOptions,
): kubernetes.core.v1.ConfigMap {
  const data: pulumi.Input<{ [key: string]: string }> =
    initialModel === undefined
      ? {}
      : pulumi.output(initialModel).apply((uri): { [key: string]: string } => {
          const version = /^models:\/[^/]+\/(.+)$/.exec(uri)?.[1];
          return { "stable-uri": uri, ...(version !== undefined && { "stable-version": version }) };
        });
  return new kubernetes.core.v1.ConfigMap(
    `${name}-model`,
    { metadata: { ...metadata, name: `${name}-model` }, data },
    { ...child, ignoreChanges: ["data"] },
  );
}

/** Objects that a pipeline changes. */
interface DeliveredObjects {
  name: string;
  namespace: pulumi.Input<string>;
  replicas: kubernetes.apps.v1.Deployment;
  canary: kubernetes.apps.v1.Deployment;
  models: kubernetes.core.v1.ConfigMap;
}

/** What a pipeline has to know of them. */
export function deliveryOf(
  settings: InferenceSettings,
  { name, namespace, replicas, canary, models }: DeliveredObjects,
): pulumi.Output<InferenceDelivery> {
  const { port, healthPath, minReplicas, delivery, startupTimeoutSeconds } = settings;
  return pulumi.output({
    namespace,
    stable: replicas.metadata.name,
    canary: canary.metadata.name,
    models: models.metadata.name,
    canaryLabels: trackSelector(name, "canary"),
    port,
    healthPath,
    replicas: minReplicas,
    canaryReplicas: delivery?.canaryReplicas ?? 1,
    startupTimeoutSeconds,
  });
}

/** Variables of a replica that say which model it serves. It does not start while there is none. */
export function modelVariables(models: pulumi.Input<string>, track: Track): kubernetes.types.input.core.v1.EnvVar[] {
  const from = (key: string, optional?: boolean) => ({
    configMapKeyRef: { name: models, key: `${track}-${key}`, optional },
  });
  return [
    { name: "MODEL_URI", valueFrom: from("uri") },
    { name: "MODEL_VERSION", valueFrom: from("version", true) },
  ];
}

const serveProgram = programText("serve.py");

/** Command of MLflow's model server: programs/serve.py. */
export function mlflowCommand(uses: pulumi.Input<Binding>[], port: number): pulumi.Output<string[]> {
  return authorityVariable(uses).apply((variable) => ["python3", "-c", serveProgram, `${port}`, variable]);
}

/** Variable that the authority of MLflow's certificate is in, if it is a private one. */
function authorityVariable(uses: pulumi.Input<Binding>[]): pulumi.Output<string> {
  const bindings = uses.map((binding) =>
    pulumi.all([bindingField(binding, "name"), bindingField(binding, "environment")]),
  );
  return pulumi.all(bindings).apply((known) => {
    const tracking = known.find(([, environment]) => environment?.MLFLOW_TRACKING_URI !== undefined);
    return tracking ? `${environmentPrefix(tracking[0])}_CA_CERTIFICATE` : "";
  });
}
