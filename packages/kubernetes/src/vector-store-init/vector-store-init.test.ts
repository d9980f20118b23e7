import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  type Binding,
  Distance,
  imagePin,
  Platform,
  VectorEngine,
  type VectorStoreBinding,
  type VectorStoreInitialisation,
} from "aistack-core";
import { type Graph, type Mode, plan, resource, Secret } from "aistack-engine";
import { created, inputs, refusal, testCluster } from "../testing";
import { fetchPassword, runByDataApi, runByPsql } from "./scripts";
import { VectorStoreInit, type VectorStoreInitArgs } from "./vector-store-init";

const rule = (action: string, resource: string, platform: Platform): AccessRule => ({
  platform,
  actions: [action],
  resources: [resource],
});
const statements = ["CREATE EXTENSION IF NOT EXISTS vector", 'GRANT SELECT ON "docs" TO "reader"'];
const aurora: VectorStoreInitialisation = {
  platform: Platform.Aws,
  statements,
  database: "vectors",
  user: "administrator",
  secret: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!cluster-1",
  clusterArn: "arn:aws:rds:eu-west-1:123456789012:cluster:vectors",
  access: [
    rule("rds-data:ExecuteStatement", "arn:aws:rds:eu-west-1:123456789012:cluster:vectors", Platform.Aws),
    rule("kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/k", Platform.Aws),
  ],
  egress: [{ port: 443 }, { port: 80, cidr: "169.254.170.23/32" }],
};
const alloyDb: VectorStoreInitialisation = {
  platform: Platform.Gcp,
  statements,
  database: "postgres",
  user: "postgres",
  secret: "projects/123456789012/secrets/vectors-administrator",
  access: [],
  egress: [{ port: 443 }, { port: 80, cidr: "169.254.169.254/32" }, { port: 5432, cidr: "198.51.100.7/32" }],
};

/** A store as AWS or Google Cloud puts it out. */
const store = (initialisation?: VectorStoreInitialisation): VectorStoreBinding => ({
  kind: "vector-store",
  name: "vectors",
  engine: VectorEngine.Pgvector,
  endpoint: "postgresql://198.51.100.7:5432/postgres?sslmode=require",
  collection: "docs",
  dimensions: 1024,
  distance: Distance.Cosine,
  environment: { VECTORS_URL: "postgresql://198.51.100.7:5432/postgres?sslmode=require" },
  ...(initialisation && { initialisation }),
});

/** What an AccessGrant on EKS puts out. */
const grant: Binding = {
  kind: "identity",
  name: "prepares",
  environment: { AWS_REGION: "eu-west-1" },
  egress: [{ port: 80, cidr: "169.254.170.23/32" }],
};

const modes: Mode[] = ["preview", "simulate"];

const planned = (args: Partial<VectorStoreInitArgs> = {}, mode: Mode = "simulate"): Promise<Graph> =>
  plan(
    () => {
      const { binding, identity } = new VectorStoreInit("prepare", {
        cluster: testCluster,
        store: store(aurora),
        ...args,
      });
      return { binding, identity };
    },
    { mode },
  );

const pod = (graph: Graph) => inputs(graph, "prepare-job", "spec.template.spec");
const variables = (container: { env: { name: string; value: string }[] }) =>
  Object.fromEntries(container.env.map(({ name, value }) => [name, value]));

describe.each(modes)("in %s", (mode) => {
  test.each([
    ["Aurora", aurora],
    ["AlloyDB", alloyDb],
  ])("for %s creates these children and no others, and no Secret", async (_, initialisation) => {
    const graph = await planned({ store: store(initialisation) }, mode);
    expect(created(graph)).toEqual([
      "prepare-account ServiceAccount",
      "prepare-cluster kubernetes",
      "prepare-default-deny NetworkPolicy",
      "prepare-job Job",
      "prepare-namespace Namespace",
      "prepare-network NetworkPolicy",
    ]);
    expect(graph.outputs).toEqual({
      binding: store(initialisation),
      identity: { namespace: "prepare", serviceAccount: "prepare" },
    });
    expect(graph.diagnostics).toEqual([]);
  });

  test("on AWS, RDS runs the statements for the identity of the pod", async () => {
    const graph = await planned({ uses: [grant] }, mode);
    const { containers, initContainers, volumes } = pod(graph);
    expect(initContainers).toBeUndefined();
    expect(containers).toHaveLength(1);
    expect(containers[0]).toMatchObject({ image: imagePin("aws-cli"), command: ["/bin/bash", "-c", runByDataApi] });
    expect(variables(containers[0])).toEqual({
      HOME: "/tmp",
      AWS_EC2_METADATA_DISABLED: "true",
      AWS_REGION: "eu-west-1",
      CLUSTER_ARN: aurora.clusterArn,
      SECRET_ID: aurora.secret,
      DATABASE: "vectors",
      STATEMENTS: statements.join("\n"),
    });
    expect(volumes).toEqual([{ name: "tmp", emptyDir: { sizeLimit: "50Mi" } }]);
  });

  test("on Google Cloud, the password is in memory alone, and the server has to know it too", async () => {
    const { containers, initContainers, volumes } = pod(await planned({ store: store(alloyDb) }, mode));
    expect(initContainers).toHaveLength(1);
    expect(initContainers[0]).toMatchObject({ image: imagePin("curl"), command: ["/bin/sh", "-c", fetchPassword] });
    expect(variables(initContainers[0])).toEqual({
      SECRET_ID: alloyDb.secret,
      PGPASSFILE: "/credentials/pgpass",
      METADATA_URL: "http://169.254.169.254",
      SECRETS_URL: "https://secretmanager.googleapis.com",
    });
    expect(containers[0]).toMatchObject({ image: imagePin("postgres"), command: ["/bin/bash", "-c", runByPsql] });
    expect(variables(containers[0])).toEqual({
      HOME: "/tmp",
      URL: "postgresql://198.51.100.7:5432/postgres?sslmode=require",
      PGUSER: "postgres",
      PGPASSFILE: "/credentials/pgpass",
      PGCHANNELBINDING: "require",
      PGCONNECT_TIMEOUT: "10",
      STATEMENTS: statements.join("\n"),
    });
    expect(volumes).toContainEqual({ name: "credentials", emptyDir: { medium: "Memory", sizeLimit: "1Mi" } });
    expect(containers[0].volumeMounts).toContainEqual({
      name: "credentials",
      mountPath: "/credentials",
      readOnly: true,
    });
  });

  test("the pod is restricted, has no token of the API, and reaches what the binding names alone", async () => {
    const graph = await planned({ store: store(alloyDb) }, mode);
    const { containers, initContainers, ...spec } = pod(graph);
    expect(spec).toMatchObject({
      automountServiceAccountToken: false,
      serviceAccountName: "prepare",
      restartPolicy: "Never",
      securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    });
    for (const container of [...containers, ...initContainers])
      expect(container).toMatchObject({
        securityContext: {
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ["ALL"] },
        },
        resources: { requests: { cpu: expect.any(String), memory: expect.any(String) }, limits: expect.anything() },
      });
    const { egress, ingress, policyTypes } = inputs(graph, "prepare-network", "spec");
    expect([ingress, policyTypes]).toEqual([undefined, ["Ingress", "Egress"]]);
    expect(egress.slice(1)).toEqual([
      {
        to: [{ ipBlock: { cidr: "0.0.0.0/0", except: ["169.254.0.0/16"] } }],
        ports: [{ protocol: "TCP", port: 443 }],
      },
      { to: [{ ipBlock: { cidr: "169.254.169.254/32" } }], ports: [{ protocol: "TCP", port: 80 }] },
      { to: [{ ipBlock: { cidr: "198.51.100.7/32" } }], ports: [{ protocol: "TCP", port: 5432 }] },
    ]);
  });
});

test("whoever uses the binding starts after the job, which other statements make anew", async () => {
  const graph = await plan(() => {
    const { binding } = new VectorStoreInit("prepare", { cluster: testCluster, store: store(aurora) });
    new VectorStoreInit("next", { cluster: testCluster, store: binding });
  });
  expect(resource(graph, "next-job").dependencies.join()).toContain("prepare-job");
  expect(resource(graph, "prepare-job").options.deleteBeforeReplace).toBe(true);
  expect(resource(graph, "prepare-job").dependencies.join()).toContain("prepare-network");
});

test("a store with a password stays a secret, and of its credentials nothing gets to the pod", async () => {
  const secret = pulumi.secret({ ...store(alloyDb), credentials: { VECTORS_PASSWORD: "do-not-show-this" } });
  const graph = await planned({ store: secret });
  expect(graph.outputs.binding).toBeInstanceOf(Secret);
  expect(JSON.stringify(pod(graph))).not.toContain("do-not-show-this");
  expect(pod(graph).containers[0].env).toEqual(expect.any(Array));
});

test("a namespace that exists is taken", async () => {
  const graph = await planned({ namespace: "assistant", timeoutMinutes: 60 });
  expect(created(graph).join()).not.toContain("Namespace");
  expect(inputs(graph, "prepare-job", "spec.activeDeadlineSeconds")).toBe(3600);
  expect(graph.outputs.identity).toEqual({ namespace: "assistant", serviceAccount: "prepare" });
});

const refused: [string, Partial<VectorStoreInitArgs>, RegExp][] = [
  [
    "a store of another engine",
    { store: { ...store(aurora), engine: VectorEngine.S3Vectors } },
    /store.engine is "s3-vectors", but must be pgvector/,
  ],
  ["a store that makes its table itself", { store: store() }, /store.initialisation is .*must say what to run/],
  [
    "a platform without identities",
    { store: store({ ...alloyDb, platform: Platform.Edge }) },
    /store.initialisation .*must be of platform aws or gcp/,
  ],
  [
    "a cluster that is not named",
    { store: store({ ...aurora, clusterArn: undefined }) },
    /store.initialisation .*must name the clusterArn/,
  ],
  ["nothing to run", { store: store({ ...alloyDb, statements: [] }) }, /must have statements, one or more/],
  ["a statement of two lines", { store: store({ ...alloyDb, statements: ["a\nb"] }) }, /of one line each/],
  ["no time", { timeoutMinutes: 0 }, /timeoutMinutes is 0, but must be a whole number from 1 to 1440/],
  ["a namespace that is none", { namespace: "My Namespace" }, /namespace is "My Namespace"/],
  ["two bindings of one name", { uses: [grant, grant] }, /uses\[1\]\.name is "prepares" as in uses\[0\]/],
];
test.each(refused)("refuses %s", async (_, args, message) => {
  expect(await refusal(planned(args))).toMatch(message);
});
