import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Binding, bindingField, imagePin, onCluster } from "aistack-core";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import { dnsEgress, egressTo, ingressFrom } from "../workload/network-policy";
import { restrictedContainer, restrictedPod } from "../workload/security";
import { credentialsHash } from "../workload/uses";
import { checkedSettings, type LineageServiceArgs, type LineageSettings } from "./args";
import { cleanUp, ports } from "./defaults";

const type = "aistack-kubernetes:index:LineageService";

/** Where the authority of the database's server is mounted. */
const authority = "/database/ca.crt";

/** Marquez: takes OpenLineage events and tells which data was made from which. Its data is in a database that exists. */
export class LineageService extends pulumi.ComponentResource {
  /** Gives OPENLINEAGE_URL to a workload, for its `uses` or for `lineage` of a DataLake. */
  public readonly binding: pulumi.Output<Binding>;

  constructor(name: string, args: LineageServiceArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const component = { parent: this, provider: child.provider };
    const namespace = settings.namespace ?? new WorkloadNamespace(name, { cluster: args.cluster }, component).namespace;
    const selector = selectorLabels(name, "lineage");
    const metadata = { name, namespace, labels: standardLabels(name, "marquez", "lineage") };

    const { user, password, caCertificate } = args.database;
    const credentials = pulumi.secret(
      pulumi.all([user, password]).apply(([own, word]): { [name: string]: string } => ({
        POSTGRES_USER: own,
        POSTGRES_PASSWORD: word,
      })),
    );
    const secret = new kubernetes.core.v1.Secret(
      `${name}-credentials`,
      { metadata: { ...metadata, name: `${name}-credentials` }, stringData: credentials },
      child,
    );
    const files = new kubernetes.core.v1.ConfigMap(
      `${name}-files`,
      {
        metadata: { ...metadata, name: `${name}-files` },
        data: {
          "marquez.yml": configuration(settings, caCertificate !== undefined),
          ...(caCertificate === undefined ? {} : { "ca.crt": caCertificate }),
        },
      },
      child,
    );
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      { metadata, spec: networkPolicy(name, args, settings, selector) },
      child,
    );
    const service = new kubernetes.core.v1.Service(
      `${name}-service`,
      {
        metadata: { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: { selector, ports: [{ name: "http", port: ports.api, targetPort: "http" }] },
      },
      child,
    );
    const replicas = new kubernetes.apps.v1.Deployment(
      `${name}-replicas`,
      {
        metadata,
        spec: {
          replicas: settings.replicas,
          selector: { matchLabels: selector },
          strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
          template: {
            metadata: {
              labels: metadata.labels,
              annotations: {
                "aistack.dev/credentials-hash": credentialsHash(credentials),
                "aistack.dev/files-hash": credentialsHash(files.data),
              },
            },
            spec: podSpec(args, settings, selector, secret.metadata.name, files.metadata.name),
          },
        },
      },
      { ...child, dependsOn: [policy] },
    );
    if (settings.replicas > 1)
      new kubernetes.policy.v1.PodDisruptionBudget(
        `${name}-disruption`,
        { metadata, spec: { maxUnavailable: 1, selector: { matchLabels: selector } } },
        child,
      );

    // Reading the namespace from the replicas makes clients wait until they are ready.
    const url = pulumi.interpolate`http://${service.metadata.name}.${replicas.metadata.namespace}.svc:${ports.api}`;
    this.binding = pulumi.output({
      kind: "lineage",
      name,
      environment: { OPENLINEAGE_URL: url },
      clientLabels: clientLabel(name),
      egress: [{ port: ports.api, namespace, podLabels: selector }],
    });
    this.registerOutputs({ binding: this.binding });
  }
}

/**
 * Read by Dropwizard, which puts in the variables itself. Full-text search would need an OpenSearch of its own.
 * github.com/MarquezProject/marquez 0.51.1: marquez.dev.yml, api/src/main/java/marquez/MarquezConfig.java
 */
function configuration({ database, retentionDays }: LineageSettings, isVerified: boolean): pulumi.Output<string> {
  const tls = isVerified ? `sslmode=verify-full&sslrootcert=${authority}` : "sslmode=require";
  return pulumi.interpolate`server:
  applicationConnectors:
    - { type: http, port: ${ports.api}, httpCompliance: RFC7230_LEGACY }
  adminConnectors:
    - { type: http, port: ${ports.admin} }
db:
  driverClass: org.postgresql.Driver
  url: "jdbc:postgresql://${database.host}:${database.port}/${database.name}?${tls}"
  user: "\${POSTGRES_USER}"
  password: "\${POSTGRES_PASSWORD}"
dbRetention:
  frequencyMins: ${cleanUp.minutes}
  numberOfRowsPerBatch: ${cleanUp.rows}
  retentionDays: ${retentionDays}
migrateOnStartup: true
search: { enabled: false }
logging: { level: INFO, appenders: [{ type: console }] }
`;
}

function networkPolicy(
  name: string,
  { clientNamespaces }: LineageServiceArgs,
  { database }: LineageSettings,
  selector: { [label: string]: string },
): kubernetes.types.input.networking.v1.NetworkPolicySpec {
  return {
    podSelector: { matchLabels: selector },
    policyTypes: ["Ingress", "Egress"],
    ingress: [pulumi.output(clientNamespaces).apply((own) => ingressFrom(clientLabel(name), [ports.api], own))],
    egress: pulumi.output(database).apply(({ port, namespace }) => [dnsEgress, egressTo({ port, namespace })]),
  };
}

function podSpec(
  { cluster }: LineageServiceArgs,
  { cpu, memory }: LineageSettings,
  selector: { [label: string]: string },
  secretName: pulumi.Input<string>,
  configMapName: pulumi.Input<string>,
): kubernetes.types.input.core.v1.PodSpec {
  const probe = (path: string) => ({ httpGet: { path, port: "admin" }, timeoutSeconds: 5 });
  return {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: restrictedPod,
    topologySpreadConstraints: [
      {
        maxSkew: 1,
        topologyKey: "kubernetes.io/hostname",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: selector },
      },
    ],
    containers: [
      {
        name: "marquez",
        image: bindingField(cluster, "mirror").apply((mirror) => imagePin("marquez", mirror)),
        command: ["/usr/src/app/entrypoint.sh"],
        env: [
          { name: "MARQUEZ_CONFIG", value: "/config/marquez.yml" },
          { name: "JAVA_OPTS", value: "-XX:MaxRAMPercentage=70" },
        ],
        envFrom: [{ secretRef: { name: secretName } }],
        ports: [
          { name: "http", containerPort: ports.api },
          { name: "admin", containerPort: ports.admin },
        ],
        resources: { requests: { cpu, memory }, limits: { memory } },
        securityContext: restrictedContainer,
        // The first start makes the tables.
        startupProbe: { ...probe("/ping"), periodSeconds: 5, failureThreshold: 60 },
        livenessProbe: { ...probe("/ping"), periodSeconds: 20 },
        // Looks at the database too, without which it answers nothing; a restart would not bring that back.
        readinessProbe: { ...probe("/healthcheck"), periodSeconds: 10 },
        volumeMounts: [
          { name: "files", mountPath: "/config", readOnly: true },
          { name: "files", mountPath: "/database", readOnly: true },
          { name: "scratch", mountPath: "/tmp" },
        ],
      },
    ],
    volumes: [
      { name: "files", configMap: { name: configMapName } },
      { name: "scratch", emptyDir: { sizeLimit: "256Mi" } },
    ],
  };
}
