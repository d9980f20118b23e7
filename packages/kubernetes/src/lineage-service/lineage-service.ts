import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Binding, bindingField, type DatabaseBinding, databasePassword, imagePin, onCluster } from "aistack-core";
import { Database } from "../database/database";
import { clientLabel, selectorLabels, standardLabels } from "../workload/labels";
import { WorkloadNamespace } from "../workload/namespace";
import { dnsEgress, ingressFrom } from "../workload/network-policy";
import { restrictedContainer, restrictedPod } from "../workload/security";
import { credentialsHash, type Uses, usesOf } from "../workload/uses";
import { checkedSettings, type LineageServiceArgs, type LineageSettings } from "./args";
import { cleanUp, connections, databaseSize, ports } from "./defaults";

const type = "aistack-kubernetes:index:LineageService";

/** Where the authority of the database's server is mounted. */
const authority = "/database/ca.crt";

/** Marquez: takes OpenLineage events and tells which data was made from which. Its data is in a database beside it. */
export class LineageService extends pulumi.ComponentResource {
  /** Gives OPENLINEAGE_URL to a workload, for its `uses` or for `lineage` of a DataLake. */
  public readonly binding: pulumi.Output<Binding>;

  constructor(name: string, args: LineageServiceArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const settings = checkedSettings(type, name, args);
    super(type, name, args, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const component = { parent: this, provider: child.provider };
    // A database in it would go with it.
    const kept = { ...component, retainOnDelete: args.database === undefined };
    const namespace = settings.namespace ?? new WorkloadNamespace(name, { cluster: args.cluster }, kept).namespace;
    const selector = selectorLabels(name, "lineage");
    const metadata = { name, namespace, labels: standardLabels(name, "marquez", "lineage") };

    const database = args.database ?? ownDatabase(name, args, namespace, component);
    const uses = usesOf([database], namespace);
    const credentials = pulumi.secret(
      pulumi
        .all([bindingField(database, "user"), databasePassword(database)])
        .apply(([user, password]): { [name: string]: string } => ({
          POSTGRES_USER: user,
          POSTGRES_PASSWORD: password,
        })),
    );
    const secret = new kubernetes.core.v1.Secret(
      `${name}-credentials`,
      { metadata: { ...metadata, name: `${name}-credentials` }, stringData: credentials },
      child,
    );
    const files = new kubernetes.core.v1.ConfigMap(
      `${name}-files`,
      { metadata: { ...metadata, name: `${name}-files` }, data: filesOf(database, settings) },
      child,
    );
    const policy = new kubernetes.networking.v1.NetworkPolicy(
      `${name}-network`,
      { metadata, spec: networkPolicy(name, args, uses, selector) },
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
              labels: uses.podLabels.apply((own) => ({ ...metadata.labels, ...own })),
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
    this.registerOutputs({ binding: this.binding, compliance: args.compliance });
  }
}

/** A database in the namespace of the service, which alone it lets in. */
function ownDatabase(
  name: string,
  { cluster, backup, alerts, install, compliance }: LineageServiceArgs,
  namespace: pulumi.Input<string>,
  opts: pulumi.ComponentResourceOptions,
): pulumi.Output<DatabaseBinding> {
  return new Database(
    `${name}-database`,
    {
      ...{ cluster, namespace, backup, alerts, install, compliance },
      ...databaseSize,
      database: "marquez",
      clientNamespaces: [namespace],
    },
    opts,
  ).binding;
}

/** Configuration, and the authority of the database's server where the binding has one. */
function filesOf(
  binding: pulumi.Input<DatabaseBinding>,
  { host, databaseName, retentionDays }: LineageSettings,
): pulumi.Output<{ [file: string]: string }> {
  const address = pulumi.all([
    host ?? bindingField(binding, "host"),
    bindingField(binding, "port"),
    databaseName ?? bindingField(binding, "database"),
  ]);
  return pulumi
    .all([address, bindingField(binding, "caCertificate"), retentionDays])
    .apply(([[server, port, database], caCertificate, days]): { [file: string]: string } => {
      const tls = caCertificate === undefined ? "sslmode=require" : `sslmode=verify-full&sslrootcert=${authority}`;
      return {
        "marquez.yml": configuration(`jdbc:postgresql://${server}:${port}/${database}?${tls}`, days),
        ...(caCertificate !== undefined && { "ca.crt": caCertificate }),
      };
    });
}

/**
 * Read by Dropwizard, which puts in the variables itself. Full-text search would need an OpenSearch of its own.
 * github.com/MarquezProject/marquez 0.51.1: marquez.dev.yml, api/src/main/java/marquez/MarquezConfig.java
 */
function configuration(url: string, retentionDays: number): string {
  return `server:
  applicationConnectors:
    - { type: http, port: ${ports.api}, httpCompliance: RFC7230_LEGACY }
  adminConnectors:
    - { type: http, port: ${ports.admin} }
db:
  driverClass: org.postgresql.Driver
  url: "${url}"
  user: "\${POSTGRES_USER}"
  password: "\${POSTGRES_PASSWORD}"
  initialSize: ${connections.least}
  minSize: ${connections.least}
  maxSize: ${connections.most}
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
  uses: Uses,
  selector: { [label: string]: string },
): kubernetes.types.input.networking.v1.NetworkPolicySpec {
  return {
    podSelector: { matchLabels: selector },
    policyTypes: ["Ingress", "Egress"],
    ingress: [pulumi.output(clientNamespaces).apply((own) => ingressFrom(clientLabel(name), [ports.api], own))],
    egress: uses.egress.apply((toDatabase) => [dnsEgress, ...toDatabase]),
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
