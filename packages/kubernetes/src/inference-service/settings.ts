import * as pulumi from "@pulumi/pulumi";
import {
  Accelerator,
  bindingField,
  Checks,
  dnsLabel,
  imagePin,
  listOf,
  matching,
  mirroredImage,
  oneOf,
  quantity,
  resourceNameOf,
  wholeNumber,
} from "aistack-core";
import { nodesWith } from "../workload/nodes";
import { checkUses } from "../workload/uses";
import { type InferenceServiceArgs, ScalingMetric } from "./args";
import * as defaults from "./defaults";
import { checkedDelivery, type DeliverySettings, mlflowCommand } from "./delivery";

/** What the parts of the service are made from: the arguments, checked and with defaults filled in. */
export interface InferenceSettings {
  /** Program, for the labels. */
  application: string;
  /** Whether the image is vLLM, which then gets an API key, its arguments and its caches. */
  vllm: boolean;
  /** Set if a pipeline decides which model is served. */
  delivery?: DeliverySettings;
  model?: pulumi.Input<string>;
  image: pulumi.Input<string>;
  command?: pulumi.Input<pulumi.Input<string>[]>;
  port: number;
  healthPath: pulumi.Input<string>;
  startupTimeoutSeconds: number;
  /** Extended resource of the accelerator. */
  resourceName?: string;
  accelerators: number;
  /** Labels of the nodes to run on. */
  nodeSelector?: pulumi.Output<{ [label: string]: string }>;
  cpu: pulumi.Input<string>;
  memory: pulumi.Input<string>;
  sharedMemoryGiB: number;
  minReplicas: number;
  maxReplicas: number;
  autoscaled: boolean;
  metric: ScalingMetric;
  target: pulumi.Input<number>;
  cacheSizeGiB: pulumi.Input<number>;
  cacheStorageClass: pulumi.Output<string>;
  sharedCache: boolean;
  /** Claim that holds the models already. */
  existingClaim?: pulumi.Input<string>;
  allowDownload: boolean;
  /** Variables of the server that `image` would replace. */
  serverEnvironment: { [name: string]: string };
  environment?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
}

/** Refuses bad arguments, all faults at once, and fills in the defaults. */
export function checkedSettings(type: string, name: string, args: InferenceServiceArgs): InferenceSettings {
  const check = new Checks(type, name);
  check.value("name", name, dnsLabel);
  check.existingAlone(args, "cluster");
  const delivery = checkedDelivery(check, args);
  const vllm = args.image === undefined && delivery === undefined;
  const mlflow = args.image === undefined && delivery !== undefined;
  if (vllm && args.model === undefined && args.existing === undefined)
    check.fault(
      "model",
      "is missing; give the model that vLLM serves, `image` for a server of your own, or `delivery` for models of a pipeline",
    );
  if (!vllm && delivery === undefined)
    for (const field of ["modelRevision", "engineArgs", "huggingFaceToken"] as const)
      if (args[field] !== undefined)
        check.fault(field, "is for vLLM, which `image` replaces; leave one of the two out");
  if (args.image === undefined && args.command !== undefined)
    check.fault("command", "is for `image`; use `engineArgs` for vLLM");
  checkUses(check, args.uses ?? []);

  const gibibytes = wholeNumber(1, 16384);
  const replicas = wholeNumber(1, 1000);
  const scaling = args.scaling ?? {};
  const minReplicas = check.value("scaling.minReplicas", scaling.minReplicas ?? 1, replicas) as number;
  const maxReplicas = check.value("scaling.maxReplicas", scaling.maxReplicas ?? minReplicas, replicas) as number;
  if (maxReplicas < minReplicas)
    check.fault("scaling.maxReplicas", `is ${maxReplicas}, but must be at least scaling.minReplicas (${minReplicas})`);
  const metric = scaling.metric ?? (vllm ? ScalingMetric.WaitingRequests : ScalingMetric.Cpu);
  check.value("scaling.metric", metric, oneOf(Object.values(ScalingMetric)));
  check.value("accelerator", args.accelerator, oneOf(Object.values(Accelerator)));
  const known = Object.values(Accelerator).find((name) => name === args.accelerator);
  if (vllm && known && resourceNameOf(known) !== "nvidia.com/gpu")
    check.fault(
      "accelerator",
      `is ${known}, which the default image of vLLM does not run on; give an \`image\` that does`,
    );
  if (args.acceleratorsPerReplica !== undefined && args.accelerator === undefined)
    check.fault("acceleratorsPerReplica", "is of no use without `accelerator`; name the accelerator or leave it out");
  check.value("clientNamespaces", args.clientNamespaces as pulumi.Input<string[]>, listOf(dnsLabel, 1));
  check.value("model", args.model, modelName);
  checkExistingClaim(check, args);

  const accelerators = check.value(
    "acceleratorsPerReplica",
    args.acceleratorsPerReplica ?? 1,
    wholeNumber(1, 16),
  ) as number;
  const settings = {
    application: vllm ? "vllm" : mlflow ? "mlflow" : name,
    vllm,
    delivery,
    model: args.model,
    port: check.value("port", args.port ?? defaults.port, wholeNumber(1024, 65535)) as number,
    healthPath: check.value(
      "healthPath",
      args.healthPath ?? defaults.healthPath,
      matching(/^\//, "a path that starts with /"),
    ),
    startupTimeoutSeconds: check.value(
      "startupTimeoutSeconds",
      args.startupTimeoutSeconds ?? 1800,
      wholeNumber(30, 14400),
    ) as number,
    accelerators,
    cpu: check.value("cpu", args.cpu ?? "2", quantity),
    memory: check.value("memory", args.memory ?? "12Gi", quantity),
    sharedMemoryGiB: check.value("sharedMemoryGiB", args.sharedMemoryGiB ?? 2, wholeNumber(1, 512)) as number,
    minReplicas,
    maxReplicas,
    autoscaled: maxReplicas > minReplicas,
    metric,
    target: check.value(
      "scaling.target",
      scaling.target ?? (metric === ScalingMetric.Cpu ? 80 : 5),
      wholeNumber(1, 10000),
    ),
    cacheSizeGiB: check.value("modelCache.sizeGiB", args.modelCache?.sizeGiB ?? 100, gibibytes),
    sharedCache: args.modelCache?.shared ?? false,
    existingClaim: args.modelCache?.existingClaim,
    allowDownload: args.allowDownload ?? (vllm && !args.modelCache?.existingClaim && !isPath(args.model)),
    serverEnvironment: mlflow ? defaults.mlflowEnvironment : {},
    environment: args.environment,
  };
  check.done();

  const mirror = bindingField(args.cluster, "mirror");
  return {
    ...settings,
    image: args.image
      ? pulumi.all([args.image, mirror]).apply(([image, from]) => mirroredImage(image, from))
      : mirror.apply((from) => imagePin(vllm ? "vllm" : "mlflow", from)),
    command: args.command ?? defaultCommand(args, settings),
    cacheStorageClass: pulumi
      .all([args.modelCache?.storageClass, bindingField(args.cluster, "storageClass")])
      .apply(([own, ofCluster]) => (own ?? ofCluster) as string),
    resourceName: args.accelerator && resourceNameOf(args.accelerator),
    nodeSelector:
      args.accelerator && nodesWith(`InferenceService "${name}"`, args.cluster, args.accelerator, accelerators),
  };
}

/** Whether a model is known to be a path; one that is still to come is taken for a Hugging Face id. */
function isPath(model: pulumi.Input<string> | undefined): boolean {
  return typeof model === "string" && model.startsWith("/");
}

function checkExistingClaim(check: Checks, { modelCache, model, namespace }: InferenceServiceArgs): void {
  if (modelCache?.existingClaim === undefined) return;
  check.value("modelCache.existingClaim", modelCache.existingClaim, objectName);
  for (const field of ["sizeGiB", "storageClass", "shared"] as const)
    if (modelCache[field] !== undefined)
      check.fault(`modelCache.${field}`, "is for a volume that is created; leave it or `existingClaim` out");
  if (namespace === undefined)
    check.fault("namespace", "is missing; name that of `modelCache.existingClaim`, since claims belong to one");
  if (typeof model === "string" && !model.startsWith(`${defaults.cachePath}/`))
    check.fault("model", `is "${model}", but must be a path in the volume, which starts with ${defaults.cachePath}/`);
}

const objectName = matching(
  /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/,
  "the name of a Kubernetes object: lower-case letters, digits, hyphens and dots",
);

const modelName = matching(
  /^(\/[\w./-]+|[\w.-]+(\/[\w.-]+)?)$/,
  'a Hugging Face id such as "Qwen/Qwen3-8B" or an absolute path',
);

/** Command of the server that `image` would replace. */
function defaultCommand(args: InferenceServiceArgs, { vllm, port, accelerators }: ServerSettings) {
  if (vllm) return vllmCommand(args, port, accelerators);
  return args.image === undefined ? mlflowCommand(args.uses ?? [], port) : undefined;
}

type ServerSettings = Pick<InferenceSettings, "vllm" | "port" | "accelerators">;

function vllmCommand(args: InferenceServiceArgs, port: number, accelerators: number): pulumi.Output<string[]> {
  return pulumi
    .all([args.model, args.modelRevision, args.engineArgs])
    .apply(([model, revision, further]) => [
      ...["vllm", "serve", model as string, "--host", "0.0.0.0", "--port", `${port}`],
      ...(revision ? ["--revision", revision] : []),
      ...["--tensor-parallel-size", `${accelerators}`],
      ...(further ?? []),
    ]);
}
