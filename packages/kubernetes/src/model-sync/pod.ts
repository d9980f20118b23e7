import type { types } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, environmentPrefix, imagePin, resourceNameOf } from "aistack-core";
import { cachePath } from "../inference-service/defaults";
import { restrictedContainer, restrictedPod } from "../workload/security";
import type { Uses } from "../workload/uses";
import type { ModelSyncArgs } from "./args";
import { syncModels } from "./script";
import type { SyncSettings } from "./settings";

/** Names of the objects that a pod refers to. */
interface PodParts {
  labels: { [label: string]: string };
  serviceAccount: pulumi.Output<string>;
  credentials: pulumi.Output<string>;
  claim: pulumi.Output<string>;
}

/** A run. */
export function syncPod(
  args: ModelSyncArgs,
  settings: SyncSettings,
  uses: Uses,
  parts: PodParts,
): types.input.core.v1.PodTemplateSpec {
  const mounts = [
    { name: "models", mountPath: cachePath },
    { name: "tmp", mountPath: "/tmp" },
  ];
  const volumes = [
    { name: "models", persistentVolumeClaim: { claimName: parts.claim } },
    { name: "tmp", emptyDir: { sizeLimit: "100Mi" } },
  ];
  return {
    metadata: { labels: uses.podLabels.apply((clients) => ({ ...parts.labels, ...clients })) },
    spec: {
      restartPolicy: "OnFailure",
      serviceAccountName: parts.serviceAccount,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPod,
      nodeSelector: settings.nodeSelector,
      // To where the accelerators are, without asking for one.
      tolerations: args.accelerator && [
        { key: resourceNameOf(args.accelerator), operator: "Exists", effect: "NoSchedule" },
      ],
      containers: [
        {
          name: "sync",
          image: bindingField(args.cluster, "mirror").apply((mirror) => imagePin("aws-cli", mirror)),
          command: ["/bin/bash", "-c", syncModels],
          env: environmentOf(args, settings, uses),
          envFrom: [{ secretRef: { name: parts.credentials } }],
          resources: {
            requests: { cpu: settings.cpu, memory: settings.memory },
            limits: { memory: settings.memory },
          },
          securityContext: restrictedContainer,
          volumeMounts: uses.mounts.apply((used) => [...mounts, ...used]),
        },
      ],
      volumes: uses.volumes.apply((used) => [...volumes, ...used]),
    },
  };
}

function environmentOf(
  { source }: ModelSyncArgs,
  settings: SyncSettings,
  uses: Uses,
): pulumi.Output<types.input.core.v1.EnvVar[]> {
  return pulumi
    .all([
      pulumi.all([
        bindingField(source, "url"),
        bindingField(source, "region"),
        bindingField(source, "endpoint"),
        bindingField(source, "name"),
      ]),
      settings.prefix,
      settings.maxMiBPerSecond,
      uses.environment,
      settings.platform,
    ])
    .apply(([[url, region, endpoint, name], prefix, maxMiBPerSecond, used]) => {
      const authority = used[`${environmentPrefix(name)}_CA_CERTIFICATE`];
      const variables = {
        HOME: "/tmp",
        MODELS: cachePath,
        // Credentials come from what is used, never from the machine that the pod happens to run on.
        AWS_EC2_METADATA_DISABLED: "true",
        ...used,
        SOURCE: prefix ? `${url}/${prefix}` : url,
        SOURCE_REGION: region ?? "",
        MAX_MIB_PER_SECOND: maxMiBPerSecond === undefined ? "" : `${maxMiBPerSecond}`,
        ...(endpoint && { AWS_ENDPOINT_URL_S3: endpoint }),
        ...(authority && { SOURCE_CA_CERTIFICATE: authority }),
      };
      return Object.entries(variables).map(([name, value]) => ({ name, value }));
    });
}
