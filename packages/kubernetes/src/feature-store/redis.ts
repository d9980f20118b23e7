import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { bindingField, type ClusterBinding, imagePin, onCluster } from "aistack-core";
import { contentHash } from "../workload/hash";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { restrictedContainer, restrictedPod } from "../workload/security";
import { redisConfiguration, redisUsers } from "./configuration";
import { feastUser, ports, tlsPath } from "./defaults";
import { tlsVolume } from "./feast-pod";
import type { FeatureStoreSettings } from "./settings";

interface RedisArgs extends FeatureStoreSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
}

/** Label of pods that may connect to Redis: Feast's own. */
export function redisClientLabel(instance: string): { [label: string]: string } {
  return clientLabel(`${instance}-stores`);
}

/** The online store: one Redis with a log of its writes on disk, which only Feast's pods reach. */
export class Redis extends pulumi.ComponentResource {
  /** Host, known once it answers. */
  public readonly host: pulumi.Output<string>;
  public readonly password: pulumi.Output<string>;

  constructor(name: string, args: RedisArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:feature-store:Redis", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const selector = selectorLabels(name, "redis");
    const metadata = {
      name: `${name}-redis`,
      namespace: args.namespace,
      labels: standardLabels(name, "redis", "redis"),
    };

    this.password = new random.RandomPassword(
      `${name}-redis-password`,
      { length: 48, special: false },
      { parent: this },
    ).result;
    const users = redisUsers(this.password);
    const secret = new kubernetes.core.v1.Secret(
      `${name}-redis-users`,
      { metadata, stringData: { "users.acl": users, password: this.password } },
      child,
    );
    const configuration = redisConfiguration(args.online.memoryGiB);
    const files = new kubernetes.core.v1.ConfigMap(
      `${name}-redis-configuration`,
      { metadata, data: { "redis.conf": configuration } },
      child,
    );
    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-redis-account`,
      { metadata, automountServiceAccountToken: false },
      child,
    );
    const service = new kubernetes.core.v1.Service(
      `${name}-redis-service`,
      {
        // Else the provider would wait for endpoints, which only the server brings, who waits for this service.
        metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
        // One pod needs no address of a service beside its own.
        spec: { clusterIP: "None", selector, ports: [{ name: "redis", port: ports.redis, targetPort: "redis" }] },
      },
      child,
    );
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-redis-network`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: selector },
          // No rule of egress: the server connects to nobody.
          policyTypes: ["Ingress", "Egress"],
          ingress: [
            {
              from: [{ podSelector: { matchLabels: redisClientLabel(name) } }],
              ports: [{ protocol: "TCP", port: ports.redis }],
            },
          ],
        },
      },
      child,
    );
    const server = new kubernetes.apps.v1.StatefulSet(
      `${name}-redis-server`,
      {
        metadata,
        spec: {
          replicas: 1,
          serviceName: service.metadata.name,
          selector: { matchLabels: selector },
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
          template: {
            metadata: {
              labels: metadata.labels,
              annotations: { "aistack.dev/files-hash": contentHash(users, configuration) },
            },
            spec: podSpec(args, account.metadata.name, secret.metadata.name, files.metadata.name),
          },
          volumeClaimTemplates: [claim(args, metadata.labels)],
        },
      },
      { ...child, dependsOn: [policy], customTimeouts: { create: "20m", update: "30m" } },
    );
    this.host = pulumi.interpolate`${service.metadata.name}.${server.metadata.namespace}.svc`;
    this.registerOutputs();
  }
}

function podSpec(
  args: RedisArgs,
  serviceAccountName: pulumi.Input<string>,
  secretName: pulumi.Input<string>,
  configMapName: pulumi.Input<string>,
): kubernetes.types.input.core.v1.PodSpec {
  const answers = `test "$(redis-cli --tls --cacert ${tlsPath}/ca.crt --user ${feastUser} ping)" = PONG`;
  const probe = { exec: { command: ["/bin/sh", "-c", answers] }, timeoutSeconds: 5 };
  const { cpu, memoryGiB } = args.online;
  const memory = pulumi.interpolate`${memoryGiB}Gi`;
  return {
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod,
    terminationGracePeriodSeconds: 120,
    containers: [
      {
        name: "redis",
        image: bindingField(args.cluster, "mirror").apply((mirror) => imagePin("redis", mirror)),
        command: ["redis-server", "/etc/redis/redis.conf"],
        // What `redis-cli` of the probe logs in with.
        env: [{ name: "REDISCLI_AUTH", valueFrom: { secretKeyRef: { name: secretName, key: "password" } } }],
        ports: [{ name: "redis", containerPort: ports.redis }],
        // Memory without a burst: the kernel's out-of-memory killer takes those that exceed their request first.
        resources: { requests: { cpu, memory }, limits: { memory } },
        startupProbe: { ...probe, periodSeconds: 5, failureThreshold: 240 },
        readinessProbe: { ...probe, periodSeconds: 10, failureThreshold: 3 },
        livenessProbe: { ...probe, periodSeconds: 20, failureThreshold: 6 },
        securityContext: restrictedContainer,
        volumeMounts: [
          { name: "data", mountPath: "/data" },
          { name: "tls", mountPath: tlsPath, readOnly: true },
          { name: "configuration", mountPath: "/etc/redis", readOnly: true },
          { name: "users", mountPath: "/etc/redis-users", readOnly: true },
        ],
      },
    ],
    volumes: [
      tlsVolume(args.tlsSecretName),
      { name: "configuration", configMap: { name: configMapName } },
      {
        name: "users",
        secret: { secretName, defaultMode: 0o440, items: [{ key: "users.acl", path: "users.acl" }] },
      },
    ],
  };
}

/** The disk, in the storage class given, else in that of the cluster. */
function claim(args: RedisArgs, labels: { [label: string]: string }) {
  return {
    metadata: { name: "data", labels },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: pulumi
        .all([args.storageClass, bindingField(args.cluster, "storageClass")])
        .apply(([own, ofCluster]) => (own ?? ofCluster) as string),
      resources: { requests: { storage: pulumi.interpolate`${args.online.diskSizeGiB}Gi` } },
    },
  };
}
