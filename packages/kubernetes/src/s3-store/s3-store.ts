import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { bindingField, onCluster } from "aistack-core";
import { Certificate } from "../workload/certificate";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { dnsEgress, ingressFrom } from "../workload/network-policy";
import { credentialsHash } from "../workload/uses";
import type { AccessLog } from "./access-log";
import { grpcAbove, ports } from "./defaults";
import { serverPod } from "./pod";
import type { StoreSettings } from "./settings";

interface S3StoreArgs extends StoreSettings {
  namespace: pulumi.Input<string>;
  /** Content of the file that says who may do what. */
  identities: pulumi.Output<string>;
  /** Names of the components of its buckets, whose maintenance connects. Defaults to one, named as the store. */
  buckets?: string[];
  accessLog?: AccessLog;
  /** Who may connect beside clients and the servers themselves. */
  ingress?: pulumi.Output<kubernetes.types.input.networking.v1.NetworkPolicyIngressRule>;
}

/** A store that speaks S3 over TLS: the servers of SeaweedFS and what guards them. */
export class S3Store extends pulumi.ComponentResource {
  /** URL of the store, known once it is ready. */
  public readonly endpoint: pulumi.Output<string>;
  /** Secret with `ca.crt`, the authority that clients must trust. */
  public readonly certificateSecret: pulumi.Output<string>;
  /** That authority, in PEM form. */
  public readonly authority: pulumi.Output<string>;
  public readonly podLabels: pulumi.Output<{ [label: string]: string }>;
  /** Labels that clients carry. */
  public readonly clientLabels: pulumi.Output<{ [label: string]: string }>;

  constructor(name: string, args: S3StoreArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:s3-store:S3Store", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const selector = selectorLabels(name, "object-store");
    const metadata = { namespace: args.namespace, labels: standardLabels(name, "seaweedfs", "object-store") };
    const named = (suffix: string) => ({ ...metadata, name: `${name}-${suffix}` });
    const peersHost = pulumi.interpolate`${name}-peers.${args.namespace}.svc`;
    const host = pulumi.interpolate`${name}.${args.namespace}.svc`;

    const identities = new kubernetes.core.v1.Secret(
      `${name}-identities`,
      { metadata: named("identities"), stringData: { "s3.json": args.identities } },
      child,
    );
    const encryption = new kubernetes.core.v1.Secret(
      `${name}-encryption`,
      { metadata: named("encryption"), stringData: { key: encryptionKey(name, args, this) } },
      // The disks are kept, and are nothing without it.
      { ...child, retainOnDelete: true },
    );
    const peersCertificate = new Certificate(
      `${name}-peers-tls`,
      {
        commonName: `${name} peers`,
        dnsNames: [pulumi.interpolate`*.${peersHost}`],
        metadata: named("peers-tls"),
        child,
      },
      { parent: this },
    );
    const { secretName, authority } = args.tlsSecretName
      ? { secretName: args.tlsSecretName, authority: args.caCertificate as pulumi.Input<string> }
      : new Certificate(
          `${name}-tls`,
          {
            commonName: name,
            dnsNames: [host, pulumi.interpolate`${host}.cluster.local`],
            metadata: named("tls"),
            child,
          },
          { parent: this },
        );
    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata: { ...metadata, name }, automountServiceAccountToken: false },
      child,
    );
    const service = new kubernetes.core.v1.Service(
      `${name}-service`,
      {
        metadata: { ...metadata, name },
        spec: { selector, ports: [{ name: "s3", port: ports.s3, targetPort: "s3" }] },
      },
      child,
    );
    const peers = new kubernetes.core.v1.Service(
      `${name}-peers`,
      {
        // Else the provider would wait for endpoints, which only the servers bring, who wait for this service.
        metadata: { ...named("peers"), annotations: { "pulumi.com/skipAwait": "true" } },
        spec: {
          clusterIP: "None",
          selector,
          // Servers find each other before they are ready: readiness waits for a master to be elected.
          publishNotReadyAddresses: true,
          ports: peerPorts().map((port) => ({ name: `p${port}`, port })),
        },
      },
      child,
    );
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      { metadata: { ...metadata, name }, spec: networkPolicy(name, args, selector) },
      child,
    );
    new kubernetes.policy.v1.PodDisruptionBudget(
      `${name}-disruption`,
      { metadata: { ...metadata, name }, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
      child,
    );
    const servers = new kubernetes.apps.v1.StatefulSet(
      `${name}-servers`,
      {
        metadata: { ...metadata, name },
        spec: {
          replicas: args.replicas,
          serviceName: peers.metadata.name,
          // No master is elected, and no server ready, before most are there.
          podManagementPolicy: "Parallel",
          selector: { matchLabels: selector },
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
          template: serverPod(args, {
            labels: metadata.labels,
            selector,
            serviceAccount: account.metadata.name,
            hosts: peersHost.apply((of) => Array.from({ length: args.replicas }, (_, node) => `${name}-${node}.${of}`)),
            ownHost: pulumi.interpolate`$(POD_NAME).${peersHost}`,
            identities: identities.metadata.name,
            identitiesHash: credentialsHash(args.identities.apply((file): { [name: string]: string } => ({ file }))),
            encryption: encryption.metadata.name,
            certificate: secretName,
            peersCertificate: peersCertificate.secretName,
            accessLog: args.accessLog,
          }),
          volumeClaimTemplates: [dataClaim(args, metadata.labels)],
        },
      },
      { ...child, dependsOn: [policy], customTimeouts: { create: "20m", update: "60m" } },
    );

    // Reading the namespace from the servers makes clients wait until they are ready.
    this.endpoint = pulumi.interpolate`https://${service.metadata.name}.${servers.metadata.namespace}.svc:${ports.s3}`;
    this.certificateSecret = pulumi.output(secretName);
    this.authority = pulumi.output(authority);
    this.podLabels = pulumi.output(selector);
    this.clientLabels = pulumi.output(clientLabel(name));
    this.registerOutputs();
  }
}

/** Key that the keys of all objects are encrypted with. */
function encryptionKey(name: string, args: S3StoreArgs, parent: pulumi.Resource): pulumi.Input<string> {
  if (args.encryptionKey !== undefined) return args.encryptionKey;
  return new random.RandomBytes(`${name}-encryption-key`, { length: 32 }, { parent }).hex;
}

function peerPorts(): number[] {
  return [...Object.values(ports), ...Object.values(ports).map((port) => port + grpcAbove)];
}

function networkPolicy(name: string, args: S3StoreArgs, selector: { [label: string]: string }) {
  const peer = { podSelector: { matchLabels: selector } };
  const toPeers = peerPorts().map((port) => ({ protocol: "TCP", port }));
  const maintenance = {
    from: (args.buckets ?? [name]).map((bucket) => ({
      podSelector: { matchLabels: selectorLabels(bucket, "maintenance") },
    })),
    ports: [{ protocol: "TCP", port: ports.s3 }],
  };
  const clients = pulumi
    .output(args.clientNamespaces)
    .apply((namespaces) => ingressFrom(clientLabel(name), [ports.s3], namespaces));
  const more = args.ingress === undefined ? [] : [args.ingress];
  return {
    podSelector: { matchLabels: selector },
    policyTypes: ["Ingress", "Egress"],
    ingress: [clients, maintenance, { from: [peer], ports: toPeers }, ...more],
    egress: [dnsEgress, { to: [peer], ports: toPeers }],
  };
}

function dataClaim(args: S3StoreArgs, labels: { [label: string]: string }) {
  const storageClassName = pulumi
    .all([args.storageClass, bindingField(args.cluster, "storageClass")])
    .apply(([own, ofCluster]) => (own ?? ofCluster) as string);
  return {
    metadata: { name: "data", labels },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName,
      resources: { requests: { storage: pulumi.interpolate`${args.diskSizeGiB}Gi` } },
    },
  };
}
