import * as pulumi from "@pulumi/pulumi";
import {
  type Binding,
  bindingField,
  type DatabaseBinding,
  type ObjectStoreBinding,
  Platform,
  Regulation,
  type TrackingBinding,
} from "aistack-core";
import { type Graph, type Mode, plan, Secret } from "aistack-engine";
import { testCluster as cluster, created, inputs, refusal } from "../testing";
import { TrackingPermission, type TrackingServerArgs } from "./args";
import { TrackingServer } from "./tracking-server";

jest.setTimeout(30_000);

const modes: Mode[] = ["preview", "simulate"];

const database: DatabaseBinding = {
  kind: "database",
  name: "runs-db",
  platform: Platform.Kubernetes,
  host: "runs-db-rw.data.svc",
  port: 5432,
  database: "runs",
  user: "runs",
  caCertificate: "authority of the database",
  environment: { RUNS_DB_HOST: "runs-db-rw.data.svc" },
  credentials: { RUNS_DB_PASSWORD: "do-not-show-database" },
  clientLabels: { "access.aistack.dev/runs-db": "allowed" },
  egress: [{ port: 5432, namespace: "data", podLabels: { "cnpg.io/cluster": "runs-db" } }],
};

const bucket: ObjectStoreBinding = {
  kind: "object-store",
  name: "files",
  platform: Platform.Aws,
  bucket: "files-1234",
  url: "s3://files-1234",
  region: "eu-west-1",
  egress: [{ port: 443 }],
  access: {
    read: [{ platform: Platform.Aws, actions: ["s3:GetObject"], resources: ["arn:aws:s3:::files-1234/*"] }],
    write: [{ platform: Platform.Aws, actions: ["s3:PutObject"], resources: ["arn:aws:s3:::files-1234/*"] }],
  },
};

/** A bucket of one's own, with credentials and an authority. */
const own: ObjectStoreBinding = {
  ...bucket,
  platform: Platform.Kubernetes,
  region: undefined,
  endpoint: "https://files.files.svc:8333",
  environment: { FILES_CA_CERTIFICATE: "authority of the store" },
  credentials: { AWS_ACCESS_KEY_ID: "id", AWS_SECRET_ACCESS_KEY: "do-not-show-bucket" },
  clientLabels: { "access.aistack.dev/files": "allowed" },
  egress: [{ port: 8333, namespace: "files" }],
  access: { read: [], write: [] },
};

/** What an AccessGrant to an EKS cluster puts out. */
const grant: Binding = {
  kind: "identity",
  name: "grant",
  environment: { AWS_REGION: "eu-west-1" },
  egress: [{ port: 80, cidr: "169.254.170.23/32" }],
};

function planned(args: Partial<TrackingServerArgs> = {}, mode: Mode = "simulate"): Promise<Graph> {
  return plan(
    () => {
      const given = args.existing ? {} : { database: pulumi.secret(database), artifacts: bucket };
      const server = new TrackingServer("runs", { cluster, ...given, ...args });
      return {
        binding: pulumi.unsecret(server.binding),
        uri: bindingField(server.binding, "uri"),
        environment: bindingField(server.binding, "environment"),
        credentials: server.binding.credentials,
        identity: server.identity,
        artifactAccess: server.artifactAccess,
        adminSecretName: server.adminSecretName,
      };
    },
    { mode },
  );
}

const pod = "spec.template.spec";
const server = (graph: Graph) => inputs(graph, "runs-replicas", `${pod}.containers.0`);
const preparation = (graph: Graph) => inputs(graph, "runs-replicas", `${pod}.initContainers.0`);
const cleanUp = (graph: Graph) => inputs(graph, "runs-clean-up", `spec.jobTemplate.${pod}.containers.0`);
const variables = (container: { env: { name: string; value?: string }[] }) =>
  Object.fromEntries(container.env.map(({ name, value }) => [name, value]));
const option = (command: string[], name: string) => command[command.indexOf(name) + 1];

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    const all = created(await planned({}, mode));
    expect(all).toEqual([
      "runs-account ServiceAccount",
      "runs-admin-password RandomPassword",
      "runs-clean-up CronJob",
      "runs-clean-up-network NetworkPolicy",
      "runs-client-password RandomPassword",
      "runs-cluster kubernetes",
      "runs-credentials Secret",
      "runs-default-deny NetworkPolicy",
      "runs-disruption PodDisruptionBudget",
      "runs-encryption-key RandomPassword",
      "runs-files ConfigMap",
      "runs-namespace Namespace",
      "runs-network NetworkPolicy",
      "runs-replicas Deployment",
      "runs-service Service",
      "runs-session-key RandomPassword",
      "runs-tls-authority SelfSignedCert",
      "runs-tls-authority-key PrivateKey",
      "runs-tls-certificate LocallySignedCert",
      "runs-tls-key PrivateKey",
      "runs-tls-request CertRequest",
      "runs-tls-secret Secret",
      "runs-users Secret",
    ]);
    const fewer = created(await planned({ replicas: 1, namespace: "shared", alerts: {} }, mode));
    expect(all.filter((row) => !fewer.includes(row))).toEqual([
      "runs-default-deny NetworkPolicy",
      "runs-disruption PodDisruptionBudget",
      "runs-namespace Namespace",
    ]);
    expect(fewer.filter((row) => !all.includes(row))).toEqual(["runs-alerts PrometheusRule"]);
  });

  test("clients are told where it is, and no secret stands outside a secret", async () => {
    const graph = await planned({ artifacts: pulumi.secret(own) }, mode);
    expect(graph.outputs.uri).toBe("https://runs.runs.svc:5000");
    expect(graph.outputs.identity).toEqual({ namespace: "runs", serviceAccount: "runs" });
    expect(graph.outputs.adminSecretName).toBe("runs-users");
    expect(graph.outputs.credentials).toBeInstanceOf(Secret);
    for (const name of ["runs-credentials", "runs-users", "runs-tls-secret"])
      expect(inputs(graph, name, "stringData")).toBeInstanceOf(Secret);
    expect(JSON.stringify(graph)).not.toContain("do-not-show");
  });

  test("the servers have users, TLS, and names that they answer to, and the database's password on no command line", async () => {
    const { command } = server(await planned({}, mode));
    expect(command.slice(0, 2)).toEqual(["mlflow", "server"]);
    expect(option(command, "--app-name")).toBe("basic-auth");
    expect(command).toContain("--serve-artifacts");
    expect(option(command, "--artifacts-destination")).toBe("s3://files-1234");
    expect(option(command, "--allowed-hosts")).toBe(
      "runs.runs.svc:5000,runs.runs.svc.cluster.local:5000,localhost:5000",
    );
    expect(option(command, "--uvicorn-opts")).toContain("--ssl-keyfile /tls/tls.key --ssl-certfile /tls/tls.crt");
    expect(command.join(" ")).not.toMatch(/postgresql|\*/);
  });

  test("further host names may be used, by pages from there too", async () => {
    const { command } = server(await planned({ hosts: ["tracking.example.org"] }, mode));
    expect(option(command, "--allowed-hosts")).toMatch(/,tracking\.example\.org$/);
    expect(option(command, "--cors-allowed-origins")).toMatch(/,https:\/\/tracking\.example\.org$/);
  });

  test("tables and users are there before a server starts, by what alone reads the users' passwords", async () => {
    const graph = await planned({}, mode);
    expect(preparation(graph)).toMatchObject({ name: "prepare", command: ["python", "/tracking/prepare.py"] });
    expect(preparation(graph).env).toContainEqual({
      name: "ADMIN_PASSWORD",
      valueFrom: { secretKeyRef: { name: "runs-users", key: "ADMIN_PASSWORD" } },
    });
    expect(server(graph).envFrom).toEqual([{ secretRef: { name: "runs-credentials" } }]);
    expect(JSON.stringify(server(graph))).not.toContain("runs-users");
  });

  test("satisfies `restricted`, has requests, limits, probes and a pinned image, and is spread", async () => {
    const graph = await planned({}, mode);
    expect(inputs(graph, "runs-replicas", pod)).toMatchObject({
      serviceAccountName: "runs",
      automountServiceAccountToken: false,
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
      topologySpreadConstraints: [
        { topologyKey: "kubernetes.io/hostname" },
        { topologyKey: "topology.kubernetes.io/zone" },
      ],
    });
    const probe = { httpGet: { path: "/health", port: "https", scheme: "HTTPS" } };
    expect(server(graph)).toMatchObject({
      resources: { requests: { cpu: "500m", memory: "2Gi" }, limits: { memory: "2Gi" } },
      startupProbe: probe,
      livenessProbe: probe,
      readinessProbe: probe,
    });
    for (const container of [server(graph), preparation(graph), cleanUp(graph)])
      expect(container).toMatchObject({
        image: expect.stringMatching(/mlflow\/mlflow:v3\.17\.2-full$/),
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        resources: { requests: { cpu: expect.any(String) }, limits: { memory: expect.any(String) } },
      });
    expect(inputs(graph, "runs-replicas", "spec")).toMatchObject({
      replicas: 2,
      strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    });
    expect(inputs(graph, "runs-disruption", "spec.maxUnavailable")).toBe(1);
  });

  test("in come labelled clients and the clean-up, out go name resolution, database and bucket", async () => {
    const graph = await planned({ clientNamespaces: ["models"], uses: [grant] }, mode);
    const { ingress, egress } = inputs(graph, "runs-network", "spec");
    expect(ingress).toEqual([
      {
        from: [
          {
            namespaceSelector: {
              matchExpressions: [{ key: "kubernetes.io/metadata.name", operator: "In", values: ["models"] }],
            },
            podSelector: { matchLabels: { "access.aistack.dev/runs": "allowed" } },
          },
        ],
        ports: [{ protocol: "TCP", port: 5000 }],
      },
      {
        from: [
          {
            podSelector: {
              matchLabels: { "app.kubernetes.io/instance": "runs", "app.kubernetes.io/component": "clean-up" },
            },
          },
        ],
        ports: [{ protocol: "TCP", port: 5000 }],
      },
    ]);
    const ports = (rules: { ports: { port: number }[] }[]) =>
      rules.flatMap((rule) => rule.ports.map((row) => row.port));
    expect(ports(egress)).toEqual([53, 53, 5432, 443, 80]);
    expect(inputs(graph, "runs-replicas", "spec.template.metadata.labels")).toMatchObject({
      "access.aistack.dev/runs-db": "allowed",
    });
    const job = inputs(graph, "runs-clean-up-network", "spec");
    expect([job.ingress, ports(job.egress)]).toEqual([undefined, [53, 53, 5432, 5000]]);
  });

  test("what was deleted is deleted for good by schedule, as the one who may, and by way of the servers", async () => {
    const graph = await planned({ cleanUp: { schedule: "0 1 * * 0", afterDays: 90 } }, mode);
    expect(inputs(graph, "runs-clean-up", "spec")).toMatchObject({
      schedule: "0 1 * * 0",
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
    });
    const container = cleanUp(graph);
    expect(container.command).toEqual([
      ...["mlflow", "gc", "--backend-store-uri", "postgresql+psycopg2://", "--older-than", "90d"],
    ]);
    expect(variables(container)).toMatchObject({
      MLFLOW_TRACKING_URI: "https://runs.runs.svc:5000",
      MLFLOW_TRACKING_USERNAME: "admin",
      MLFLOW_TRACKING_SERVER_CERT_PATH: "/tracking/ca.crt",
    });
    expect(container.envFrom).toBeUndefined();
    expect(option(cleanUp(await planned({}, mode)).command, "--older-than")).toBe("30d");
  });

  test("adopts a server that exists and creates nothing", async () => {
    const existing: TrackingBinding = {
      kind: "tracking",
      name: "theirs",
      platform: Platform.Aws,
      uri: "arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/theirs",
    };
    const graph = await planned({ existing, compliance: [Regulation.Gdpr] }, mode);
    expect(created(graph)).toEqual([]);
    expect(graph.outputs).toMatchObject({ binding: existing, artifactAccess: [] });
  });
});

test("the binding tells clients whom to trust and as whom to come, and to go by way of the server", async () => {
  const { binding } = (await planned()).outputs;
  const authority = expect.stringContaining("BEGIN CERTIFICATE");
  expect(binding).toEqual({
    kind: "tracking",
    name: "runs",
    platform: "kubernetes",
    uri: "https://runs.runs.svc:5000",
    environment: {
      MLFLOW_TRACKING_URI: "https://runs.runs.svc:5000",
      RUNS_CA_CERTIFICATE: authority,
      MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD: "false",
      MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD: "false",
      MLFLOW_DISABLE_TELEMETRY: "true",
    },
    credentials: { MLFLOW_TRACKING_USERNAME: "pipelines", MLFLOW_TRACKING_PASSWORD: expect.stringMatching(/^\w{40}$/) },
    clientLabels: { "access.aistack.dev/runs": "allowed" },
    egress: [
      {
        port: 5000,
        namespace: "runs",
        podLabels: { "app.kubernetes.io/instance": "runs", "app.kubernetes.io/component": "tracking" },
      },
    ],
  });
});

test("the database is found by libpq's variables and verified, and its password stands in one secret", async () => {
  const graph = await planned();
  expect(variables(server(graph))).toMatchObject({
    PGHOST: "runs-db-rw.data.svc",
    PGPORT: "5432",
    PGDATABASE: "runs",
    PGUSER: "runs",
    PGSSLMODE: "verify-full",
    PGSSLROOTCERT: "/tracking/database-ca.crt",
    MLFLOW_BACKEND_STORE_URI: "postgresql+psycopg2://",
  });
  expect(inputs(graph, "runs-files", "data")).toMatchObject({ "database-ca.crt": "authority of the database" });
  const secret = inputs(graph, "runs-credentials", "stringData").reveal();
  expect(Object.keys(secret).sort()).toEqual([
    "MLFLOW_CRYPTO_KEK_PASSPHRASE",
    "MLFLOW_FLASK_SERVER_SECRET_KEY",
    "PGPASSWORD",
  ]);
  expect(secret.PGPASSWORD).toBe("do-not-show-database");
  const trusted = await planned({ database: pulumi.secret({ ...database, caCertificate: undefined }) });
  expect(variables(server(trusted))).toMatchObject({ PGSSLMODE: "require", PGSSLROOTCERT: "" });
});

test("a bucket of one's own is reached at its address and by its authority, one of a cloud by an identity", async () => {
  const graph = await planned({ artifacts: pulumi.secret(own) });
  expect(variables(server(graph))).toMatchObject({
    MLFLOW_S3_ENDPOINT_URL: "https://files.files.svc:8333",
    MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE: "path",
    AWS_CA_BUNDLE: "/tracking/store-ca.crt",
    AWS_EC2_METADATA_DISABLED: "true",
  });
  expect(inputs(graph, "runs-credentials", "stringData").reveal()).toMatchObject(own.credentials as object);
  expect(graph.outputs.artifactAccess).toEqual([]);

  const cloud = await planned({ uses: [grant] });
  const names = variables(server(cloud));
  expect(names).toMatchObject({ AWS_DEFAULT_REGION: "eu-west-1", AWS_REGION: "eu-west-1" });
  for (const absent of ["MLFLOW_S3_ENDPOINT_URL", "MLFLOW_BOTO_CLIENT_ADDRESSING_STYLE", "AWS_CA_BUNDLE"])
    expect(names).not.toHaveProperty([absent]);
  expect(cloud.outputs.artifactAccess).toEqual([
    ...bucket.access.read,
    ...bucket.access.write,
    { platform: Platform.Aws, actions: ["s3:DeleteObject"], resources: ["arn:aws:s3:::files-1234/*"] },
  ]);
});

test("a bucket on Google Cloud is one that the identity may delete from", async () => {
  const write = [{ platform: Platform.Gcp, actions: ["roles/storage.objectCreator"], resources: ["//storage/files"] }];
  const google = { ...bucket, platform: Platform.Gcp, url: "gs://files-1234", access: { read: [], write } };
  const graph = await planned({ artifacts: google });
  expect(option(server(graph).command, "--artifacts-destination")).toBe("gs://files-1234");
  expect(graph.outputs.artifactAccess).toContainEqual({ ...write[0], actions: ["roles/storage.objectUser"] });
});

test("nobody sees what nobody gave them a right on, unless all may", async () => {
  const file = async (args: Partial<TrackingServerArgs>) =>
    inputs(await planned(args), "runs-files", "data")["users.ini"];
  expect(await file({})).toContain("\ndefault_permission = NO_PERMISSIONS\n");
  expect(await file({ defaultPermission: TrackingPermission.Read })).toContain("\ndefault_permission = READ\n");
  expect(await file({})).not.toMatch(/password/);
});

test("a certificate that is named is taken, with the authority that clients are told", async () => {
  const caCertificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
  const graph = await planned({ tlsSecretName: "given", caCertificate });
  expect(created(graph).filter((row) => row.includes("-tls"))).toEqual([]);
  expect(inputs(graph, "runs-replicas", `${pod}.volumes`)).toContainEqual({
    name: "tls",
    secret: { secretName: "given" },
  });
  expect(graph.outputs.environment).toMatchObject({ RUNS_CA_CERTIFICATE: caCertificate });
});

test("a change of certificate, password or files restarts the servers", async () => {
  const hashes = async (args: Partial<TrackingServerArgs>) =>
    inputs(await planned(args), "runs-replicas", "spec.template.metadata.annotations");
  const before = await hashes({});
  const files = await hashes({ defaultPermission: TrackingPermission.Read });
  expect(files["aistack.dev/files-hash"]).not.toBe(before["aistack.dev/files-hash"]);
  const changed = { ...database, credentials: { RUNS_DB_PASSWORD: "another" } };
  const credentials = await hashes({ database: pulumi.secret(changed) });
  const revealed = (row: { [name: string]: Secret }) => row["aistack.dev/credentials-hash"]?.reveal();
  expect(revealed(credentials)).not.toBe(revealed(before));
});

test("alerts tell of servers that are missing and of what is not deleted", async () => {
  const graph = await planned({ alerts: { labels: { release: "prometheus" } } });
  expect(inputs(graph, "runs-alerts", "metadata")).toEqual({
    name: "runs",
    namespace: "runs",
    labels: { release: "prometheus" },
  });
  const rules = inputs(graph, "runs-alerts", "spec.groups.0.rules");
  expect(rules.map(({ alert }: { alert: string }) => alert)).toEqual([
    "TrackingServerDown",
    "TrackingServerReplicaMissing",
    "TrackingServerRestarts",
    "TrackingServerCleanUpFails",
  ]);
});

const pem = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
const refused: [string, Partial<TrackingServerArgs>, RegExp][] = [
  ["no database", { database: undefined }, /database is missing; give the binding of a Database/],
  ["no bucket", { artifacts: undefined }, /artifacts is missing; give the binding of a bucket/],
  ["no server", { replicas: 0 }, /replicas is 0, but must be a whole number from 1 to 20/],
  ["memory that is none", { memory: "much" }, /memory is "much", but must be a Kubernetes quantity/],
  ["any host", { hosts: ["*"] }, /hosts is \["\*"\], but item 0 \("\*"\) must be a host name in lower case/],
  ["a host with a port", { hosts: ["a.example:443"] }, /must be a host name in lower case, without port/],
  ["a schedule that is none", { cleanUp: { schedule: "daily" } }, /cleanUp\.schedule is "daily", but must be a cron/],
  ["a deletion at once", { cleanUp: { afterDays: 0 } }, /cleanUp\.afterDays is 0, but must be a whole number from 1/],
  ["a certificate of which nobody knows the authority", { tlsSecretName: "given" }, /caCertificate is missing/],
  ["an authority without its certificate", { caCertificate: pem }, /tlsSecretName is missing/],
  ["an authority that is none", { tlsSecretName: "x", caCertificate: "ca" }, /caCertificate is "ca", but must be/],
  ["a permission that is none", { defaultPermission: "MANAGE" as never }, /must be one of NO_PERMISSIONS, READ/],
  [
    "that everybody sees all, where a regulation says otherwise",
    { defaultPermission: TrackingPermission.Read, compliance: [Regulation.Hipaa, Regulation.PciDss] },
    /defaultPermission lets every user see every run, but hipaa \(45 CFR 164\.312\(a\)\(1\)\) and pci-dss \(7\.2\.5\)/,
  ],
  [
    "arguments beside a server that exists",
    { existing: { kind: "tracking", name: "a", platform: Platform.Aws, uri: "arn:x" }, replicas: 3 },
    /replicas has no effect together with `existing`/,
  ],
  ["an empty list of namespaces", { clientNamespaces: [] }, /clientNamespaces is \[\], but must have 1 items or more/],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(planned(args))).toMatch(message);
});

test("all faults are told at once, and a name that makes too long ones is one", async () => {
  const name = "a".repeat(41);
  const message = await refusal(plan(() => new TrackingServer(name, { cluster, replicas: 99 }).binding));
  for (const part of ["name is", "must be of 40 characters or fewer", "database is missing", "replicas is 99"])
    expect(message).toContain(part);
});
