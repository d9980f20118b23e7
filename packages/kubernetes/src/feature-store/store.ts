import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type ClusterBinding } from "aistack-core";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { restrictedContainer, restrictedPod } from "../workload/security";
import { tlsPath } from "./defaults";
import type { StoreSize } from "./settings";

type Container = kubernetes.types.input.core.v1.Container;
type Volume = kubernetes.types.input.core.v1.Volume;

/** What {@link storeServer} makes. */
export interface StoreServerArgs {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
  /** Name of the feature store. */
  instance: string;
  /** Name of the program, such as "redis". */
  program: string;
  port: number;
  size: StoreSize;
  storageClass?: pulumi.Input<string>;
  tlsSecretName: pulumi.Input<string>;
  /** The program's own: image, command, environment, mounts besides `data` and `tls`. */
  container: Omit<Container, "name"> & { volumeMounts: kubernetes.types.input.core.v1.VolumeMount[] };
  dataPath: string;
  /** Command that succeeds when the program answers. */
  ready: string[];
  volumes: Volume[];
  /** Changes when a file does that the program reads at its start only. */
  filesHash: pulumi.Input<string>;
}

/** Label of pods that may connect to the stores: Feast's own. */
export function storeClientLabel(instance: string): { [label: string]: string } {
  return clientLabel(`${instance}-stores`);
}

/**
 * One pod with a disk that only Feast's pods reach. Returns its host, known once it is ready.
 */
export function storeServer(args: StoreServerArgs, child: pulumi.CustomResourceOptions): pulumi.Output<string> {
  const { instance, program, port } = args;
  const name = `${instance}-${program}`;
  const selector = selectorLabels(instance, program);
  const metadata = { name, namespace: args.namespace, labels: standardLabels(instance, program, program) };
  const account = new kubernetes.core.v1.ServiceAccount(
    `${name}-account`,
    { metadata, automountServiceAccountToken: false },
    child,
  );
  const service = new kubernetes.core.v1.Service(
    `${name}-service`,
    {
      // Else the provider would wait for endpoints, which only the server brings, who waits for this service.
      metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
      // One pod needs no address of a service beside its own.
      spec: { clusterIP: "None", selector, ports: [{ name: program, port, targetPort: program }] },
    },
    child,
  );
  const policy = new kubernetes.networking.v1.NetworkPolicy(
    `${name}-network`,
    {
      metadata,
      spec: {
        podSelector: { matchLabels: selector },
        // No rule of egress: the server connects to nobody.
        policyTypes: ["Ingress", "Egress"],
        ingress: [
          {
            from: [{ podSelector: { matchLabels: storeClientLabel(instance) } }],
            ports: [{ protocol: "TCP", port }],
          },
        ],
      },
    },
    child,
  );
  const server = new kubernetes.apps.v1.StatefulSet(
    `${name}-server`,
    {
      metadata,
      spec: {
        replicas: 1,
        serviceName: service.metadata.name,
        selector: { matchLabels: selector },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
        template: {
          metadata: { labels: metadata.labels, annotations: { "aistack.dev/files-hash": args.filesHash } },
          spec: podSpec(args, account.metadata.name),
        },
        volumeClaimTemplates: [claim(args, metadata.labels)],
      },
    },
    { ...child, dependsOn: [policy], customTimeouts: { create: "20m", update: "30m" } },
  );
  return pulumi.interpolate`${service.metadata.name}.${server.metadata.namespace}.svc`;
}

function podSpec(args: StoreServerArgs, serviceAccountName: pulumi.Input<string>) {
  const probe = { exec: { command: args.ready }, timeoutSeconds: 5 };
  const { cpu, memoryGiB } = args.size;
  const memory = pulumi.interpolate`${memoryGiB}Gi`;
  return {
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod,
    terminationGracePeriodSeconds: 120,
    containers: [
      {
        ...args.container,
        name: args.program,
        ports: [{ name: args.program, containerPort: args.port }],
        // Memory without a burst: the kernel's out-of-memory killer takes those that exceed their request first.
        resources: { requests: { cpu, memory }, limits: { memory } },
        startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 240 },
        readinessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
        livenessProbe: { ...probe, periodSeconds: 20, failureThreshold: 6 },
        securityContext: restrictedContainer,
        volumeMounts: [
          { name: "data", mountPath: args.dataPath },
          { name: "tls", mountPath: tlsPath, readOnly: true },
          ...args.container.volumeMounts,
        ],
      },
    ],
    volumes: [tlsVolume(args.tlsSecretName), ...args.volumes],
  };
}

/** The certificate: readable for the group of the pod alone, which is what PostgreSQL asks of a key. */
export function tlsVolume(secretName: pulumi.Input<string>): Volume {
  return { name: "tls", secret: { secretName, defaultMode: 0o440 } };
}

/** A claim in the storage class given, else in that of the cluster. */
export function claimSpec(args: Pick<StoreServerArgs, "cluster" | "storageClass">, gibibytes: pulumi.Input<number>) {
  return {
    accessModes: ["ReadWriteOnce"],
    storageClassName: pulumi
      .all([args.storageClass, bindingField(args.cluster, "storageClass")])
      .apply(([own, ofCluster]) => (own ?? ofCluster) as string),
    resources: { requests: { storage: pulumi.interpolate`${gibibytes}Gi` } },
  };
}

function claim(args: StoreServerArgs, labels: { [label: string]: string }) {
  return { metadata: { name: "data", labels }, spec: claimSpec(args, args.size.diskSizeGiB) };
}
