import * as k8s from "aistack-kubernetes";
import { createAssistant } from "aistack-stack-assistant";
import { readSettings } from "./config";
import { FirstModels, publishedFolder } from "./publish";
import { createRecords } from "./records";
import { carrier, createCloud, createEdge, existingCloud, training } from "./sides";

const settings = readSettings();
const inAws = settings.cloud.kubeconfig === undefined;

const cloud = inAws ? createCloud(settings) : existingCloud(settings);
const edge = createEdge(settings, inAws ? cloud.store : undefined);

createRecords(settings, cloud, edge);

const published = new FirstModels(training.namespace, {
  cluster: cloud.cluster,
  store: cloud.store,
  grant: cloud.publish,
  models: [settings.models.model, settings.models.embeddingModel],
  sizeGiB: settings.models.sizeGiB,
});

const models = new k8s.ModelSync(carrier.namespace, {
  cluster: edge.cluster,
  source: published.store,
  prefix: publishedFolder,
  uses: edge.read ? [edge.read] : [],
  schedule: settings.models.schedule,
  maxMiBPerSecond: settings.models.maxMiBPerSecond,
  accelerator: settings.assistant.accelerator,
  volume: {
    sizeGiB: settings.models.sizeGiB,
    storageClass: settings.models.storageClass,
    shared: settings.models.storageClass !== undefined,
  },
});

const assistant = createAssistant(edge.cluster, settings.assistant, {
  namespace: models.namespace,
  claim: models.claimName,
});

/** Kubeconfig of the cluster for training. */
export const cloudKubeconfig = cloud.cluster.kubeconfig;
/** Kubeconfig of the cluster at the edge: `pulumi stack output edgeKubeconfig --show-secrets > edge.yaml`. */
export const edgeKubeconfig = edge.cluster.kubeconfig;
/** Where training publishes models: every folder in it is carried to the edge. */
export const publishTo = published.store.url.apply((url) => `${url}/${publishedFolder}/`);
/** Where workloads at the edge reach the assistant. */
export const assistantUrl = assistant.url;
/** Opens the assistant on this machine. */
export const openAssistant = assistant.open;
/** Bucket with the audit records. */
export const auditBucket = cloud.records?.bucket;
