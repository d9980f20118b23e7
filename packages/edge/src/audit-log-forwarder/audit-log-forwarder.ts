import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { auditPurpose, onCluster, type WorkloadIdentity } from "aistack-core";
import {
  type CollectorContainerArgs,
  closedNamespace,
  collectorContainer,
  collectorFiles,
  credentialsHash,
  dnsEgress,
  filesHash,
  selectorLabels,
  standardLabels,
  storeEnvironment,
  type Uses,
  usesOf,
} from "aistack-runtime";
import type { AuditLogForwarderArgs } from "./args";
import { forwarderConfiguration } from "./configuration";
import * as defaults from "./defaults";
import { checkedSettings, type ForwarderSettings } from "./settings";

const type = "aistack-edge:index:AuditLogForwarder";

/**
 * Carries the audit log of the Kubernetes API from each server of k3s to a bucket. What cannot be written waits on the
 * server's disk, through restarts, for as many days as the buffer is made for.
 */
export class AuditLogForwarder extends pulumi.ComponentResource {
  /** Size of the buffer on each server in GiB. */
  public readonly bufferSizeGiB: pulumi.Output<number>;
  /**
   * Service account that the pods run as: the component's name, in its namespace. Grant it write access to the bucket, and
   * give the binding of the grant to `uses`.
   */
  public readonly identity: pulumi.Output<WorkloadIdentity>;

  constructor(name: string, args: AuditLogForwarderArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    const child = onCluster(this, name, args.cluster, opts);

    // Of its own, because its pods work on the host: they read a file of it and write to a folder of it.
    const namespace = closedNamespace(
      name,
      {
        namespace: settings.namespace,
        labels: standardLabels(name, "namespace", "namespace"),
        podSecurity: "privileged",
      },
      child,
    );
    const uses = usesOf([args.store, ...(args.uses ?? [])], namespace);
    const labels = standardLabels(name, "opentelemetry-collector", "audit-log");
    const selector = selectorLabels(name, "audit-log");
    const metadata = { name, namespace, labels };

    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      child,
    );
    const credentials = new kubernetes.core.v1.Secret(
      `${name}-credentials`,
      { metadata: { ...metadata, name: `${name}-credentials` }, stringData: uses.credentials },
      child,
    );
    const text = forwarderConfiguration(settings.auditLogPath, settings.bufferSizeGiB);
    const files = collectorFiles(text, settings.store.certificate);
    const configuration = new kubernetes.core.v1.ConfigMap(
      `${name}-configuration`,
      { metadata: { ...metadata, labels: { ...labels, ...auditPurpose.events } }, data: files },
      child,
    );
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      {
        metadata,
        spec: {
          podSelector: { matchLabels: selector },
          policyTypes: ["Ingress", "Egress"],
          egress: uses.egress.apply((used) => [dnsEgress, ...used]),
        },
      },
      child,
    );
    new kubernetes.apps.v1.DaemonSet(
      `${name}-readers`,
      {
        metadata,
        spec: {
          selector: { matchLabels: selector },
          template: {
            metadata: {
              labels: uses.podLabels.apply((used) => ({ ...labels, ...used })),
              annotations: {
                "aistack.dev/credentials-hash": credentialsHash(uses.credentials),
                "aistack.dev/configuration-hash": filesHash(files),
              },
            },
            spec: readerPod(settings, account.metadata.name, configuration.metadata.name, {
              cluster: args.cluster,
              uses,
              environment: storeEnvironment(`AuditLogForwarder "${name}"`, settings.store, uses.environment),
              secret: credentials.metadata.name,
              cpu: settings.cpu,
              memory: settings.memory,
            }),
          },
        },
      },
      { ...child, dependsOn: [policy] },
    );

    this.bufferSizeGiB = pulumi.output(settings.bufferSizeGiB);
    this.identity = pulumi.output({ namespace, serviceAccount: account.metadata.name });
    this.registerOutputs({ bufferSizeGiB: this.bufferSizeGiB, identity: this.identity });
  }
}

/** A reader on each server. The log is root's alone, and so is who reads it: without any of root's other powers. */
function readerPod(
  settings: ForwarderSettings,
  serviceAccountName: pulumi.Output<string>,
  files: pulumi.Output<string>,
  parts: CollectorContainerArgs & { uses: Uses },
): kubernetes.types.input.core.v1.PodSpec {
  const folder = settings.auditLogPath.slice(0, settings.auditLogPath.lastIndexOf("/"));
  const volumes: kubernetes.types.input.core.v1.Volume[] = [
    { name: "configuration", configMap: { name: files } },
    { name: "log", hostPath: { path: folder, type: "Directory" } },
    { name: "buffer", hostPath: { path: settings.bufferPath, type: "DirectoryOrCreate" } },
  ];
  return {
    serviceAccountName,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: { runAsUser: 0, runAsGroup: 0, seccompProfile: { type: "RuntimeDefault" } },
    terminationGracePeriodSeconds: 60,
    nodeSelector: settings.nodeSelector,
    tolerations: defaults.tolerations,
    containers: [
      collectorContainer({
        ...parts,
        flags: defaults.flags,
        mounts: [{ name: "log", mountPath: defaults.logMount, readOnly: true }],
      }),
    ],
    volumes: parts.uses.volumes.apply((used) => [...volumes, ...used]),
  };
}
