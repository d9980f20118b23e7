/** What a VectorStore is on every platform and with every engine: the same arguments, the same binding, the same refusals. */

import * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import {
  Distance,
  environmentPrefix,
  type NetworkBinding,
  type ObjectStoreBinding,
  Platform,
  Regulation,
  type VectorBackupArgs,
  VectorEngine,
  type VectorStoreBinding,
  vectorEngines,
} from "aistack-core";
import { type Graph, type Mode, type PlannedResource, plan } from "aistack-engine";
import * as gcp from "aistack-gcp";
import * as kubernetes from "aistack-kubernetes";

/** The arguments that every platform has. */
interface Shared {
  dimensions: number;
  distance?: Distance;
  capacity?: number;
  collection?: string;
  replicas?: number;
  backup?: VectorBackupArgs;
  compliance?: Regulation[];
  existing?: VectorStoreBinding;
}

interface Store extends pulumi.ComponentResource {
  binding: pulumi.Output<VectorStoreBinding>;
}

interface Subject {
  platform: Platform;
  engine: VectorEngine;
  config: { [key: string]: string };
  create: (args: Shared) => Store;
  /** Whether `replicas` means something. */
  replicated: boolean;
  /** How backups are asked for, where they can be. */
  backup?: VectorBackupArgs;
  /** Type of what holds the vectors. */
  holder: string;
}

const bucket: ObjectStoreBinding = {
  kind: "object-store",
  name: "backups",
  platform: Platform.Aws,
  bucket: "backups",
  url: "s3://backups",
  region: "eu-west-1",
  access: { read: [], write: [] },
};
const cluster = { name: "theirs", platform: Platform.Kubernetes, kubeconfig: "{}" };
const vpc: NetworkBinding = {
  networkId: "vpc-0123456789abcdef0",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["subnet-01"],
};
const net: NetworkBinding = {
  networkId: "projects/p/global/networks/n",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["projects/p/regions/europe-west4/subnetworks/n"],
};
const onAws = { platform: Platform.Aws, config: { "aws:region": "eu-west-1" } };
const onGcp = { platform: Platform.Gcp, config: { "gcp:project": "acme", "gcp:region": "europe-west4" } };
const onKubernetes = { platform: Platform.Kubernetes, config: {} };

/** Where adopting creates nothing, no network is given either. */
const unless = <T extends object>(args: Shared, more: T): Partial<T> => (args.existing ? {} : more);

const subjects: Subject[] = [
  {
    ...onKubernetes,
    engine: VectorEngine.Qdrant,
    create: (args) => new kubernetes.VectorStore("my-vectors", { ...args, cluster }),
    replicated: true,
    backup: { store: bucket },
    holder: "kubernetes:apps/v1:StatefulSet",
  },
  {
    ...onKubernetes,
    engine: VectorEngine.Pgvector,
    create: (args) =>
      new kubernetes.VectorStore("my-vectors", {
        ...args,
        cluster,
        ...unless(args, { engine: VectorEngine.Pgvector }),
      }),
    replicated: true,
    backup: { store: bucket },
    holder: "kubernetes:postgresql.cnpg.io/v1:Cluster",
  },
  {
    ...onAws,
    engine: VectorEngine.S3Vectors,
    create: (args) => new aws.VectorStore("my-vectors", args),
    replicated: false,
    holder: "aws:s3/vectorsIndex:VectorsIndex",
  },
  {
    ...onAws,
    engine: VectorEngine.OpenSearchServerless,
    create: (args) =>
      new aws.VectorStore("my-vectors", {
        ...args,
        ...unless(args, { engine: VectorEngine.OpenSearchServerless, network: vpc }),
      }),
    replicated: true,
    holder: "aws:opensearch/serverlessCollection:ServerlessCollection",
  },
  {
    ...onAws,
    engine: VectorEngine.Pgvector,
    create: (args) =>
      new aws.VectorStore("my-vectors", { ...args, ...unless(args, { engine: VectorEngine.Pgvector, network: vpc }) }),
    replicated: true,
    backup: {},
    holder: "aws:rds/cluster:Cluster",
  },
  {
    ...onGcp,
    engine: VectorEngine.VertexVectorSearch,
    create: (args) => new gcp.VectorStore("my-vectors", { ...args, ...unless(args, { network: net }) }),
    replicated: true,
    holder: "gcp:vertex/aiIndex:AiIndex",
  },
  {
    ...onGcp,
    engine: VectorEngine.Pgvector,
    create: (args) =>
      new gcp.VectorStore("my-vectors", { ...args, ...unless(args, { engine: VectorEngine.Pgvector, network: net }) }),
    replicated: true,
    backup: {},
    holder: "gcp:alloydb/cluster:Cluster",
  },
];

const planned = ({ create, config }: Subject, args: Partial<Shared> = {}, mode: Mode = "simulate"): Promise<Graph> =>
  plan(() => ({ binding: pulumi.unsecret(create({ dimensions: 1024, ...args }).binding) }), { mode, config });

// biome-ignore lint/suspicious/noExplicitAny: plain data whose shape each test states
const bindingIn = (graph: Graph) => graph.outputs.binding as any;
const modes: Mode[] = ["preview", "simulate"];
const named = subjects.map((subject) => [`${subject.platform} with ${subject.engine}`, subject] as const);

describe.each(named)("%s", (_, subject) => {
  test("the binding says engine, endpoint, collection, dimensions and distance, and the variables repeat it", async () => {
    const binding = bindingIn(await planned(subject, { distance: Distance.Euclidean }));
    expect(binding).toMatchObject({
      kind: "vector-store",
      name: "my-vectors",
      engine: subject.engine,
      endpoint: expect.stringMatching(/^(https?|postgresql|grpc):\/\/[^/]+/),
      collection: expect.stringMatching(/^my[-_]vectors/),
      dimensions: 1024,
      distance: "euclidean",
    });
    const prefix = environmentPrefix("my-vectors");
    expect(binding.environment).toMatchObject({
      [`${prefix}_ENGINE`]: binding.engine,
      [`${prefix}_URL`]: binding.endpoint,
      [`${prefix}_COLLECTION`]: binding.collection,
      [`${prefix}_DISTANCE`]: binding.distance,
    });
    for (const name of Object.keys({ ...binding.environment, ...binding.credentials }))
      expect(name.startsWith(`${prefix}_`)).toBe(true);
    expect(binding.egress.length).toBeGreaterThan(0);
  });

  test("no credential is among the plain variables, and a workload gets in by a secret, an identity or the network", async () => {
    const { environment, credentials, access, egress } = bindingIn(await planned(subject));
    for (const name of Object.keys(environment)) expect(name).not.toMatch(/PASSWORD|KEY|TOKEN|SECRET/);
    const ways = [credentials, access, egress.some((rule: { cidr?: string }) => rule.cidr?.endsWith("/32"))];
    expect(ways.some(Boolean)).toBe(true);
    if (access)
      for (const rule of [...access.read, ...access.write]) {
        expect(rule.platform).toBe(subject.platform);
        for (const action of rule.actions) expect(action).not.toContain("*");
      }
  });

  test.each(modes)("everything has a chain of parents up to the component, in %s", async (mode) => {
    const graph = await planned(subject, {}, mode);
    const [top, store] = graph.resources;
    const byUrn = new Map(graph.resources.map((row) => [row.urn, row]));
    for (const row of graph.resources.slice(1)) {
      let ancestor = row;
      while (ancestor.parent !== top?.urn) ancestor = byUrn.get(ancestor.parent as string) as PlannedResource;
      expect([row.urn, ancestor.urn]).toEqual([row.urn, store?.urn]);
    }
  });

  test("what holds the vectors outlives a mistaken destroy", async () => {
    const graph = await planned(subject);
    const holders = graph.resources.filter((row) => row.type === subject.holder);
    expect(holders).toHaveLength(1);
    for (const row of holders) {
      const claims = row.inputs.spec as { persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string } } | undefined;
      const keepsDisks = claims?.persistentVolumeClaimRetentionPolicy?.whenDeleted === "Retain";
      expect(row.options.retainOnDelete === true || keepsDisks).toBe(true);
    }
  });

  const { maximumDimensions, distances } = vectorEngines[subject.engine];
  test.each([0, maximumDimensions + 1, 1.5])(
    "%d dimensions are refused with the range, before anything is registered",
    async (dimensions) => {
      const registered: string[] = [];
      const outcome = await plan(() => void subject.create({ dimensions }), {
        config: subject.config,
        onResource: (urn) => registered.push(urn),
      }).catch((error: Error) => error);
      expect((outcome as Error).message).toContain(
        `dimensions is ${dimensions}, but must be a whole number from 1 to ${maximumDimensions}`,
      );
      expect(registered.filter((urn) => urn.includes("VectorStore"))).toEqual([]);
    },
  );

  test.each(Object.values(Distance))("distance %s is taken, or refused by the engine's name", async (distance) => {
    const outcome = await planned(subject, { distance }).catch((error: Error) => error);
    if (distances.includes(distance)) expect(outcome).not.toBeInstanceOf(Error);
    else expect((outcome as Error).message).toContain(`${subject.engine} knows no other`);
  });

  test("several faults are told together", async () => {
    const outcome = await planned(subject, { dimensions: -1, capacity: 0, collection: "?" }).catch(
      (error: Error) => error,
    );
    for (const field of ["dimensions is -1", "capacity is 0", "collection is"])
      expect((outcome as Error).message).toContain(field);
  });

  test.each(modes)("adopts a store that exists and creates nothing, in %s", async (mode) => {
    const existing: VectorStoreBinding = {
      kind: "vector-store",
      name: "theirs",
      engine: subject.engine,
      endpoint: "https://vectors.example",
      collection: "docs",
      dimensions: 384,
      distance: Distance.Cosine,
    };
    const graph = await planned(subject, { dimensions: 384, existing }, mode);
    expect(graph.resources.filter((row) => row.custom)).toEqual([]);
    expect(graph.outputs.binding).toEqual(existing);
  });
});

describe.each(named.filter(([, { replicated }]) => replicated))("%s is replicated", (_, subject) => {
  test("one and two are taken, none is refused", async () => {
    for (const replicas of [1, 2]) await planned(subject, { replicas });
    await expect(planned(subject, { replicas: 0 })).rejects.toThrow(/replicas is 0, but must be a whole number from 1/);
  });
});

describe.each(named.filter(([, { backup }]) => backup))("%s keeps backups", (_, subject) => {
  test("a retention below what a regulation asks is refused with the range and the article", async () => {
    const backup = { ...subject.backup, retentionDays: 3 };
    await expect(planned(subject, { backup, compliance: [Regulation.Gdpr] })).rejects.toThrow(
      /backup.retentionDays is 3, but must be 7 to \d+: gdpr asks that data can be restored \(GDPR Art\. 32\(1\)\(c\)\)/,
    );
  });

  test("a retention of none is refused", async () => {
    await expect(planned(subject, { backup: { ...subject.backup, retentionDays: 0 } })).rejects.toThrow(
      /backup.retentionDays is 0, but must be a whole number from 1 to/,
    );
  });
});

test("every engine is on a platform", () => {
  expect([...new Set(subjects.map(({ engine }) => engine))].sort()).toEqual(Object.values(VectorEngine).sort());
});
