import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import {
  type AuditEventsBinding,
  auditPurpose,
  bindingField,
  environmentPrefix,
  onCluster,
  type WorkloadIdentity,
} from "aistack-core";
import {
  collectorFiles,
  collectorPaths,
  collectorPorts,
  filesHash,
  storeCertificateFile,
  storeEnvironment,
} from "aistack-runtime";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import { dnsEgress, ingressFrom } from "../workload/network-policy";
import { credentialsHash, usesOf } from "../workload/uses";
import type { AuditEventCollectorArgs } from "./args";
import { eventsConfiguration } from "./configuration";
import { pseudonymKeyLength } from "./defaults";
import { collectorPod } from "./pod";
import { type CollectorSettings, checkedSettings } from "./settings";

const type = "aistack-kubernetes:index:AuditEventCollector";

/**
 * Takes audit events of applications over OpenTelemetry's protocol, holds them to a schema, replaces personal data by keyed
 * hashes, and writes them to a bucket: from a queue on disk, so that none is lost while the bucket cannot be reached. The
 * disks and the namespace outlive the component.
 */
export class AuditEventCollector extends pulumi.ComponentResource {
  /** How to send events, for `uses` of a workload. */
  public readonly binding: pulumi.Output<AuditEventsBinding>;
  /**
   * Service account that the collectors run as: the component's name, in its namespace. Grant it write access to the bucket,
   * and give the binding of the grant to `uses`. None for a collector that exists.
   */
  public readonly identity: pulumi.Output<WorkloadIdentity | undefined>;

  constructor(name: string, args: AuditEventCollectorArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.identity = pulumi.output(undefined);
      this.registerOutputs({ binding: this.binding, identity: this.identity });
      return;
    }
    const child = onCluster(this, name, args.cluster, opts);
    const component = { parent: this, provider: child.provider };
    // Kept with the disks in it.
    const namespace =
      settings.namespace ??
      new WorkloadNamespace(name, { cluster: args.cluster }, { ...component, retainOnDelete: true }).namespace;
    const uses = usesOf([args.store, ...(args.uses ?? [])], namespace);
    const labels = standardLabels(name, "opentelemetry-collector", "audit-events");
    const selector = selectorLabels(name, "audit-events");
    const metadata = { name, namespace, labels };

    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      child,
    );
    const secrets = withKey(uses.credentials, settings.key ?? pseudonymKey(name, settings, { parent: this }));
    const secret = new kubernetes.core.v1.Secret(
      `${name}-secrets`,
      { metadata: { ...metadata, name: `${name}-secrets` }, stringData: secrets },
      child,
    );
    const files = collectorFiles(eventsConfiguration(settings.configuration), settings.store.certificate);
    const configuration = new kubernetes.core.v1.ConfigMap(
      `${name}-configuration`,
      { metadata: { ...metadata, labels: { ...labels, ...auditPurpose.events } }, data: files },
      child,
    );
    const service = new kubernetes.core.v1.Service(
      `${name}-service`,
      { metadata, spec: { selector, ports: [servicePort("otlp-grpc"), servicePort("otlp-http")] } },
      child,
    );
    const hosts = new kubernetes.core.v1.Service(
      `${name}-hosts`,
      {
        // Else the provider would wait for endpoints, which only the collectors bring, who wait for this service.
        metadata: { ...metadata, name: `${name}-hosts`, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: { clusterIP: "None", selector, ports: [servicePort("otlp-grpc"), servicePort("otlp-http")] },
      },
      child,
    );
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: selector },
          policyTypes: ["Ingress", "Egress"],
          ingress: [clients(name, settings)],
          egress: uses.egress.apply((used) => [dnsEgress, ...used]),
        },
      },
      child,
    );
    new kubernetes.policy.v1.PodDisruptionBudget(
      `${name}-disruption`,
      { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
      child,
    );
    const collectors = new kubernetes.apps.v1.StatefulSet(
      `${name}-collectors`,
      {
        metadata,
        spec: {
          replicas: settings.replicas,
          serviceName: hosts.metadata.name,
          podManagementPolicy: "Parallel",
          selector: { matchLabels: selector },
          // Events that are not in the bucket yet are nowhere else.
          persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
          template: {
            metadata: {
              labels: uses.podLabels.apply((used) => ({ ...labels, ...used })),
              annotations: {
                "aistack.dev/credentials-hash": credentialsHash(secrets),
                "aistack.dev/configuration-hash": filesHash(files),
              },
            },
            spec: collectorPod({
              cluster: args.cluster,
              uses,
              environment: storeEnvironment(
                `AuditEventCollector "${name}"`,
                settings.store,
                uses.environment,
                `${collectorPaths.configuration}/${storeCertificateFile}`,
              ),
              secret: secret.metadata.name,
              files: configuration.metadata.name,
              serviceAccount: account.metadata.name,
              tlsSecretName: settings.tlsSecretName,
              selector,
              cpu: settings.cpu,
              memory: settings.memory,
            }),
          },
          volumeClaimTemplates: [bufferClaim(args, settings, labels)],
        },
      },
      { ...child, dependsOn: [policy] },
    );

    this.binding = bindingOf(name, settings, service.metadata.name, collectors.metadata.namespace, selector);
    this.identity = pulumi.output({ namespace, serviceAccount: account.metadata.name });
    this.registerOutputs({ binding: this.binding, identity: this.identity });
  }
}

/** Another period makes another key; the one before is then in no state any more. */
function pseudonymKey(
  name: string,
  { keyPeriod }: CollectorSettings,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const keepers = keyPeriod === undefined ? undefined : { period: keyPeriod };
  return new random.RandomPassword(
    `${name}-pseudonym-key`,
    { length: pseudonymKeyLength, special: false, keepers },
    opts,
  ).result;
}

function withKey(
  credentials: pulumi.Output<{ [name: string]: string }>,
  key: pulumi.Input<string>,
): pulumi.Output<{ [name: string]: string }> {
  return pulumi.secret(
    pulumi.all([credentials, key]).apply(([all, own]): { [name: string]: string } => ({ ...all, PSEUDONYM_KEY: own })),
  );
}

function servicePort(name: "otlp-grpc" | "otlp-http") {
  return { name, port: name === "otlp-grpc" ? collectorPorts.otlpGrpc : collectorPorts.otlpHttp, targetPort: name };
}

function clients(name: string, { clientNamespaces }: CollectorSettings) {
  const ports = [collectorPorts.otlpGrpc, collectorPorts.otlpHttp];
  return pulumi.output(clientNamespaces).apply((namespaces) => ingressFrom(clientLabel(name), ports, namespaces));
}

/** The disk of each collector. */
function bufferClaim(
  { cluster }: AuditEventCollectorArgs,
  { bufferSizeGiB, storageClass }: CollectorSettings,
  labels: { [label: string]: string },
): kubernetes.types.input.core.v1.PersistentVolumeClaim {
  return {
    metadata: { name: "buffer", labels },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: pulumi
        .all([storageClass, bindingField(cluster, "storageClass")])
        .apply(([own, ofCluster]) => (own ?? ofCluster) as string),
      resources: { requests: { storage: `${bufferSizeGiB}Gi` } },
    },
  };
}

/** The host name is read from the collectors, so that who sends waits until they are ready. */
function bindingOf(
  name: string,
  { configuration }: CollectorSettings,
  host: pulumi.Output<string>,
  namespace: pulumi.Output<string>,
  podLabels: { [label: string]: string },
): pulumi.Output<AuditEventsBinding> {
  const prefix = environmentPrefix(name);
  const scheme = configuration.tls ? "https" : "http";
  const endpoint = pulumi.interpolate`${scheme}://${host}.${namespace}.svc:${collectorPorts.otlpHttp}`;
  const grpcEndpoint = pulumi.interpolate`${scheme}://${host}.${namespace}.svc:${collectorPorts.otlpGrpc}`;
  return pulumi.output({
    kind: "audit-events",
    name,
    endpoint,
    grpcEndpoint,
    classes: configuration.classes,
    environment: {
      [`${prefix}_ENDPOINT`]: endpoint,
      [`${prefix}_GRPC_ENDPOINT`]: grpcEndpoint,
      // What OpenTelemetry's SDKs read for log records, in which events travel; traces and metrics go where they went.
      // https://opentelemetry.io/docs/specs/otel/protocol/exporter/
      OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: pulumi.interpolate`${endpoint}/v1/logs`,
      OTEL_EXPORTER_OTLP_LOGS_PROTOCOL: "http/protobuf",
    },
    clientLabels: clientLabel(name),
    egress: [collectorPorts.otlpGrpc, collectorPorts.otlpHttp].map((port) => ({ port, namespace, podLabels })),
  });
}
