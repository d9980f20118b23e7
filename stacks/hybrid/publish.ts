import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  type Binding,
  bindingField,
  type ClusterBinding,
  imagePin,
  type ObjectStoreBinding,
  onCluster,
} from "aistack-core";
import * as k8s from "aistack-kubernetes";
import { folderOf } from "./config";

/** What {@link FirstModels} is made from. */
export interface FirstModelsArgs {
  /** Cluster on which models are made. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Bucket that they are published to, in the folder `published`. */
  store: pulumi.Input<ObjectStoreBinding>;
  /** What lets the namespace's service account write there; undefined where the store brings credentials. */
  grant?: pulumi.Input<Binding>;
  /** Hugging Face ids. */
  models: string[];
  /** Size of all of them, in GiB. */
  sizeGiB: number;
}

/** Folder of the bucket that is carried to the edge. */
export const publishedFolder = "published";

/**
 * The models that serve until training has made better ones: brought from Hugging Face into the bucket by the identity that
 * training has, and in the way it would publish its own, checksums included.
 */
export class FirstModels extends pulumi.ComponentResource {
  /** The store, once it holds the models. */
  public readonly store: pulumi.Output<ObjectStoreBinding>;

  /** @param name Also the namespace and the service account. */
  constructor(name: string, args: FirstModelsArgs, opts: pulumi.ComponentResourceOptions = {}) {
    super("hybrid:index:FirstModels", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const { namespace } = new k8s.WorkloadNamespace(name, { cluster: args.cluster }, { ...child, parent: this });
    const labels = { "app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "aistack" };
    const metadata = { name, namespace, labels };

    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      child,
    );
    const { credentials } = pulumi.output(args.store) as unknown as {
      credentials: pulumi.Output<{ [name: string]: string } | undefined>;
    };
    const secret = new kubernetes.core.v1.Secret(
      `${name}-credentials`,
      { metadata, stringData: pulumi.secret(credentials.apply((own) => own ?? {})) },
      child,
    );
    const network = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      { metadata, spec: { podSelector: { matchLabels: labels }, policyTypes: ["Ingress", "Egress"], egress } },
      child,
    );
    const published = new kubernetes.batch.v1.Job(
      `${name}-published`,
      {
        metadata: { ...metadata, name: `${name}-first-models` },
        spec: {
          backoffLimit: 3,
          activeDeadlineSeconds: 4 * 3600,
          template: { metadata: { labels }, spec: podSpec(args, account.metadata.name, secret.metadata.name) },
        },
      },
      { ...child, dependsOn: [network], deleteBeforeReplace: true, customTimeouts: { create: "250m" } },
    );
    this.store = pulumi
      .all([args.store, published.metadata.name])
      .apply(([store]) => store) as pulumi.Output<ObjectStoreBinding>;
    this.registerOutputs({ store: this.store });
  }
}

/** Name resolution, downloads and uploads, and the agent that gives out credentials on EKS. */
const egress = [
  {
    to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } } }],
    ports: [
      { protocol: "UDP", port: 53 },
      { protocol: "TCP", port: 53 },
    ],
  },
  { to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }], ports: [{ protocol: "TCP", port: 443 }] },
  { to: [{ ipBlock: { cidr: "169.254.170.23/32" } }], ports: [{ protocol: "TCP", port: 80 }] },
];

const container = {
  securityContext: {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: true,
    capabilities: { drop: ["ALL"] },
  },
  volumeMounts: [
    { name: "work", mountPath: "/work" },
    { name: "tmp", mountPath: "/tmp" },
  ],
  resources: { requests: { cpu: "500m", memory: "2Gi" }, limits: { memory: "2Gi" } },
};

function podSpec(
  args: FirstModelsArgs,
  serviceAccountName: pulumi.Output<string>,
  secretName: pulumi.Output<string>,
): kubernetes.types.input.core.v1.PodSpec {
  const mirror = bindingField(args.cluster, "mirror");
  const storage = { requests: { storage: `${args.sizeGiB}Gi` } };
  const storageClassName = bindingField(args.cluster, "storageClass") as pulumi.Output<string>;
  return {
    restartPolicy: "OnFailure",
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 10001,
      runAsGroup: 10001,
      fsGroup: 10001,
      seccompProfile: { type: "RuntimeDefault" },
    },
    initContainers: [
      {
        ...container,
        name: "download",
        image: mirror.apply((from) => imagePin("vllm", from)),
        command: ["/bin/bash", "-c", downloadModels],
        env: [
          { name: "HOME", value: "/tmp" },
          { name: "HF_HOME", value: "/work/cache" },
          { name: "HF_HUB_DISABLE_TELEMETRY", value: "1" },
          { name: "MODELS", value: args.models.map((id) => `${id}=${folderOf(id)}`).join(" ") },
        ],
      },
    ],
    containers: [
      {
        ...container,
        name: "publish",
        image: mirror.apply((from) => imagePin("aws-cli", from)),
        command: ["/bin/bash", "-c", 'exec aws s3 sync /work/models "$TARGET" --no-progress'],
        env: environmentOf(args),
        envFrom: [{ secretRef: { name: secretName } }],
      },
    ],
    volumes: [
      {
        name: "work",
        ephemeral: {
          volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], storageClassName, resources: storage } },
        },
      },
      { name: "tmp", emptyDir: { sizeLimit: "1Gi" } },
    ],
  };
}

/** A model is whole when its files match the checksums beside them; what carries it to the edge waits for that. */
export const downloadModels = `set -euo pipefail
for entry in $MODELS; do
  folder="/work/models/\${entry#*=}"
  python3 -c 'import sys; from huggingface_hub import snapshot_download; snapshot_download(sys.argv[1], local_dir=sys.argv[2])' "\${entry%%=*}" "$folder"
  rm -rf "$folder/.cache" "$folder/SHA256SUMS"
  (cd "$folder" && find . -type f -print0 | sort -z | xargs -0 sha256sum >/tmp/sums && mv /tmp/sums SHA256SUMS)
done
`;

function environmentOf(args: FirstModelsArgs): pulumi.Output<{ name: string; value: string }[]> {
  const granted = args.grant ? bindingField(args.grant, "environment") : pulumi.output(undefined);
  return pulumi
    .all([bindingField(args.store, "url"), bindingField(args.store, "endpoint"), granted])
    .apply(([url, endpoint, environment]) =>
      Object.entries({
        HOME: "/tmp",
        AWS_EC2_METADATA_DISABLED: "true",
        ...environment,
        TARGET: `${url}/${publishedFolder}`,
        ...(endpoint && { AWS_ENDPOINT_URL_S3: endpoint }),
      }).map(([name, value]) => ({ name, value })),
    );
}
