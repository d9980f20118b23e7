import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  environmentPrefix,
  onCluster,
  Platform,
  type TrackingBinding,
  type WorkloadIdentity,
} from "aistack-core";
import { backupAccess } from "../workload/backup";
import { Certificate } from "../workload/certificate";
import { contentHash } from "../workload/hash";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import { trackingAlerts } from "./alerts";
import type { TrackingServerArgs } from "./args";
import { CleanUp } from "./clean-up";
import { credentialsOf } from "./credentials";
import { port, users } from "./defaults";
import { trackingFiles } from "./files";
import { TrackingReplicas } from "./replicas";
import { checkedSettings } from "./settings";

const type = "aistack-kubernetes:index:TrackingServer";

/**
 * Tracking server on Kubernetes: MLflow with its runs, models and users in a PostgreSQL that exists and its files in a bucket
 * that clients need no right on, with users who log in, TLS, and closed networks.
 *
 * It keeps nothing itself: deleting it deletes no run and no file.
 */
export class TrackingServer extends pulumi.ComponentResource {
  /** How to reach the server as a user of its own, for `uses` of a workload. A secret as a whole, since it holds the password. */
  public readonly binding: pulumi.Output<TrackingBinding>;
  /** Service account that the servers run as. For an AccessGrant to the bucket. */
  public readonly identity: pulumi.Output<WorkloadIdentity>;
  /** What `identity` must be granted on the bucket, for an AccessGrant; empty where the bucket comes with credentials. */
  public readonly artifactAccess: pulumi.Output<AccessRule[]>;
  /** Name of the secret, in the namespace, with the password of the user `admin` as `ADMIN_PASSWORD`; absent with `existing`. */
  public readonly adminSecretName: pulumi.Output<string | undefined>;

  constructor(name: string, args: TrackingServerArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    this.artifactAccess = backupAccess(args.artifacts);
    if (args.existing !== undefined) {
      this.binding = pulumi.output(args.existing);
      this.identity = pulumi.output({ namespace: name, serviceAccount: name });
      this.adminSecretName = pulumi.output(undefined);
      this.registerOutputs({ binding: this.binding, compliance: args.compliance });
      return;
    }
    const child = onCluster(this, name, args.cluster, opts);
    const component = { parent: this, provider: child.provider };
    const namespace = args.namespace ?? new WorkloadNamespace(name, { cluster: args.cluster }, component).namespace;
    const metadata = { name, namespace, labels: standardLabels(name, "mlflow", "tracking") };
    const host = pulumi.interpolate`${name}.${namespace}.svc`;
    const certificate = serverCertificate(name, args, metadata, host, child);

    const account = new kubernetes.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      child,
    );
    const credentials = credentialsOf(name, settings.database, { ...args, metadata }, child);
    const files = trackingFiles(name, settings, { metadata, authority: certificate.authority }, child);
    const parts = {
      ...settings,
      cluster: args.cluster,
      uses: args.uses ?? [],
      namespace,
      host,
      serviceAccount: account.metadata.name,
      tlsSecretName: certificate.secretName,
      certificate: certificate.hash,
      credentials,
      files,
    };
    const replicas = new TrackingReplicas(name, parts, component);
    new CleanUp(name, { ...parts, namespace: replicas.namespace }, component);
    if (args.alerts) trackingAlerts(name, { namespace, labels: args.alerts.labels }, child);

    const uri = pulumi.interpolate`https://${name}.${replicas.namespace}.svc:${port}`;
    this.binding = pulumi.output({
      kind: "tracking",
      name,
      platform: Platform.Kubernetes,
      uri,
      environment: {
        MLFLOW_TRACKING_URI: uri,
        [`${environmentPrefix(name)}_CA_CERTIFICATE`]: certificate.authority,
        ...clientSettings,
      },
      credentials: { MLFLOW_TRACKING_USERNAME: users.client, MLFLOW_TRACKING_PASSWORD: credentials.clientPassword },
      clientLabels: clientLabel(name),
      egress: [{ port, namespace, podLabels: selectorLabels(name, "tracking") }],
    });
    this.identity = pulumi.output({ namespace, serviceAccount: name });
    this.adminSecretName = credentials.userSecret.apply((secret): string | undefined => secret);
    this.registerOutputs({ binding: this.binding, compliance: args.compliance });
  }
}

const clientSettings = {
  // The server offers addresses in the bucket to clients, who cannot reach it, and would try for minutes.
  MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: "false",
  MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "false",
  // They would tell the makers of MLflow what they call.
  MLFLOW_DISABLE_TELEMETRY: "true",
};

interface ServerCertificate {
  secretName: pulumi.Input<string>;
  authority: pulumi.Input<string>;
  /** Changes with the certificate: a server reads it once, when it starts. */
  hash: pulumi.Input<string>;
}

/** The certificate of the servers: that which is named, else one with an authority of its own. */
function serverCertificate(
  name: string,
  { tlsSecretName, caCertificate }: TrackingServerArgs,
  metadata: { namespace: pulumi.Input<string>; labels: { [label: string]: string } },
  host: pulumi.Output<string>,
  child: pulumi.CustomResourceOptions,
): ServerCertificate {
  if (tlsSecretName !== undefined)
    return { secretName: tlsSecretName, authority: caCertificate as pulumi.Input<string>, hash: tlsSecretName };
  const made = new Certificate(
    `${name}-tls`,
    {
      commonName: name,
      dnsNames: [host, pulumi.interpolate`${host}.cluster.local`],
      metadata: { ...metadata, name: `${name}-tls` },
      child,
    },
    { parent: child.parent as pulumi.Resource },
  );
  return { secretName: made.secretName, authority: made.authority, hash: contentHash(made.certificate) };
}
