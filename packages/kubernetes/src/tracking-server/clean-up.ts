import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { onCluster } from "aistack-core";
import { selectorLabels, standardLabels } from "../workload/labels";
import { dnsEgress } from "../workload/network-policy";
import { databaseUri, paths, port, users } from "./defaults";
import { fileNames } from "./files";
import {
  databaseEnvironment,
  databaseUses,
  environmentRows,
  mlflowContainer,
  mlflowPod,
  secretVariable,
  type TrackingParts,
} from "./pod";

/** Deletes for good what users have deleted: rows by itself, files by way of the servers, as the one who may. */
export class CleanUp extends pulumi.ComponentResource {
  constructor(name: string, args: TrackingParts, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:tracking-server:CleanUp", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const database = databaseUses(args);
    const labels = standardLabels(name, "mlflow", "clean-up");
    const metadata = { name: `${name}-clean-up`, namespace: args.namespace, labels };
    const toServers = {
      to: [{ podSelector: { matchLabels: selectorLabels(name, "tracking") } }],
      ports: [{ protocol: "TCP", port }],
    };
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-clean-up-network`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: selectorLabels(name, "clean-up") },
          policyTypes: ["Ingress", "Egress"],
          egress: database.egress.apply((toDatabase) => [dnsEgress, ...toDatabase, toServers]),
        },
      },
      child,
    );
    new kubernetes.batch.v1.CronJob(
      `${name}-clean-up`,
      {
        metadata,
        spec: {
          schedule: args.cleanUp.schedule,
          timeZone: "Etc/UTC",
          concurrencyPolicy: "Forbid",
          startingDeadlineSeconds: 3600,
          successfulJobsHistoryLimit: 1,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            spec: {
              backoffLimit: 2,
              activeDeadlineSeconds: 4 * 3600,
              template: {
                metadata: { labels: database.podLabels.apply((used) => ({ ...labels, ...used })) },
                spec: { ...mlflowPod(args, "1Gi"), restartPolicy: "Never", containers: [cleanUpContainer(args)] },
              },
            },
          },
        },
      },
      { ...child, dependsOn: [policy] },
    );
    this.registerOutputs();
  }
}

function cleanUpContainer(args: TrackingParts): kubernetes.types.input.core.v1.Container {
  const { serverSecret, userSecret } = args.credentials;
  const variables = {
    ...databaseEnvironment(args),
    MLFLOW_TRACKING_URI: pulumi.interpolate`https://${args.host}:${port}`,
    MLFLOW_TRACKING_USERNAME: users.admin,
    MLFLOW_TRACKING_SERVER_CERT_PATH: `${paths.files}/${fileNames.authority}`,
  };
  const age = pulumi.output(args.cleanUp.afterDays).apply((days) => `${days}d`);
  return mlflowContainer(args, {
    name: "clean-up",
    command: ["mlflow", "gc", "--backend-store-uri", databaseUri, "--older-than", age],
    env: [
      ...environmentRows(variables),
      secretVariable("PGPASSWORD", serverSecret),
      secretVariable("MLFLOW_TRACKING_PASSWORD", userSecret, "ADMIN_PASSWORD"),
    ],
    resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1Gi" } },
  });
}
