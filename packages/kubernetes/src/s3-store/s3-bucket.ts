import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { after, bindingField, type ClusterBinding, imagePin, onCluster } from "aistack-core";
import { selectorLabels, standardLabels } from "../workload/labels";
import { dnsEgress } from "../workload/network-policy";
import { restrictedContainer, restrictedPod } from "../workload/security";
import { ports, region, upkeepSchedule } from "./defaults";
import type { AccessKey } from "./identities";
import type { S3Store } from "./s3-store";
import { setUpBucket } from "./scripts";

interface S3BucketArgs {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
  bucket: string;
  store: S3Store;
  setup: MaintenanceArgs;
  upkeep: MaintenanceArgs & {
    script: string;
    /** Beside that to the store. */
    egress?: pulumi.Input<kubernetes.types.input.networking.v1.NetworkPolicyEgressRule[]>;
    /** Variables that are secret, beside the key. */
    credentials?: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
    volumes?: pulumi.Output<kubernetes.types.input.core.v1.Volume[]>;
    mounts?: pulumi.Output<kubernetes.types.input.core.v1.VolumeMount[]>;
  };
  /** Labels of what is made, beside the standard ones. */
  labels: { [label: string]: pulumi.Input<string> };
}

interface MaintenanceArgs {
  key: AccessKey;
  /** Labels of the Job or CronJob alone. */
  labels?: { [label: string]: string };
  environment: pulumi.Input<{ [name: string]: pulumi.Input<string> }>;
}

/** A bucket of a store: created and protected once, kept in order every night. */
export class S3Bucket extends pulumi.ComponentResource {
  /** Name of the bucket, known once it is protected. */
  public readonly bucket: pulumi.Output<string>;

  constructor(name: string, args: S3BucketArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:s3-store:S3Bucket", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const labels = { ...standardLabels(name, "aws-cli", "maintenance"), ...args.labels };
    const named = (suffix: string, more = {}) => ({
      namespace: args.namespace,
      labels: { ...labels, ...more },
      name: `${name}-${suffix}`,
    });

    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-maintenance-network`,
      {
        metadata: named("maintenance"),
        spec: {
          podSelector: { matchLabels: selectorLabels(name, "maintenance") },
          policyTypes: ["Ingress", "Egress"],
          egress: pulumi.output(args.upkeep.egress ?? []).apply((more) => [
            dnsEgress,
            {
              to: [{ podSelector: { matchLabels: args.store.podLabels } }],
              ports: [{ protocol: "TCP", port: ports.s3 }],
            },
            ...more,
          ]),
        },
      },
      child,
    );
    const secret = (suffix: string, { key }: MaintenanceArgs, more: S3BucketArgs["upkeep"]["credentials"] = {}) =>
      new kubernetes.core.v1.Secret(
        `${name}-${suffix}-key`,
        {
          metadata: named(`${suffix}-key`),
          stringData: pulumi
            .output(more)
            .apply((others) => ({ ...others, AWS_ACCESS_KEY_ID: key.id, AWS_SECRET_ACCESS_KEY: key.secret })),
        },
        child,
      ).metadata.name;
    const setup = new kubernetes.batch.v1.Job(
      `${name}-setup`,
      {
        metadata: named("setup", args.setup.labels),
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: 900,
          template: pod(args, labels, setUpBucket, args.setup, secret("setup", args.setup)),
        },
      },
      { ...child, dependsOn: [policy], deleteBeforeReplace: true, customTimeouts: { create: "20m" } },
    );
    new kubernetes.batch.v1.CronJob(
      `${name}-upkeep`,
      {
        metadata: named("upkeep", args.upkeep.labels),
        spec: {
          schedule: upkeepSchedule,
          timeZone: "Etc/UTC",
          concurrencyPolicy: "Forbid",
          startingDeadlineSeconds: 6 * 3600,
          successfulJobsHistoryLimit: 3,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            metadata: { labels },
            spec: {
              backoffLimit: 2,
              activeDeadlineSeconds: 20 * 3600,
              template: pod(
                args,
                labels,
                args.upkeep.script,
                args.upkeep,
                secret("upkeep", args.upkeep, args.upkeep.credentials),
                args.upkeep,
              ),
            },
          },
        },
      },
      { ...child, dependsOn: [setup] },
    );

    this.bucket = after(args.bucket, setup);
    this.registerOutputs();
  }
}

function pod(
  args: S3BucketArgs,
  labels: { [label: string]: pulumi.Input<string> },
  script: string,
  { environment }: MaintenanceArgs,
  credentials: pulumi.Input<string>,
  used: Pick<S3BucketArgs["upkeep"], "volumes" | "mounts"> = {},
): kubernetes.types.input.core.v1.PodTemplateSpec {
  const own = {
    BUCKET: args.bucket,
    HOME: "/tmp",
    AWS_ENDPOINT_URL_S3: args.store.endpoint,
    AWS_REGION: region,
    AWS_CA_BUNDLE: "/tls/ca.crt",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const mounts = [
    { name: "tls", mountPath: "/tls", readOnly: true },
    { name: "scratch", mountPath: "/tmp" },
  ];
  const volumes = [
    { name: "tls", secret: { secretName: args.store.certificateSecret, items: [{ key: "ca.crt", path: "ca.crt" }] } },
    // One object at a time, and the list of all.
    { name: "scratch", emptyDir: { sizeLimit: "8Gi" } },
  ];
  return {
    metadata: { labels },
    spec: {
      restartPolicy: "OnFailure",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPod,
      containers: [
        {
          name: "maintenance",
          image: bindingField(args.cluster, "mirror").apply((mirror) => imagePin("aws-cli", mirror)),
          command: ["/bin/bash", "-c", script],
          env: pulumi
            .all([own, environment])
            .apply(([first, more]) => Object.entries({ ...first, ...more }).map(([name, value]) => ({ name, value }))),
          envFrom: [{ secretRef: { name: credentials } }],
          resources: { requests: { cpu: "50m", memory: "256Mi" }, limits: { memory: "512Mi" } },
          securityContext: restrictedContainer,
          volumeMounts: pulumi.output(used.mounts ?? []).apply((more) => [...mounts, ...more]),
        },
      ],
      volumes: pulumi.output(used.volumes ?? []).apply((more) => [...volumes, ...more]),
    },
  };
}
