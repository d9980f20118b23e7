/** What FeatureStore promises on every platform, asserted on each by the same tests. */
import type * as pulumi from "@pulumi/pulumi";
import * as aws from "aistack-aws";
import {
  type FeatureGroupArgs,
  type FeatureStoreBinding,
  FeatureStoreEngine,
  FeatureType,
  Platform,
  Regulation,
} from "aistack-core";
import { type Graph, type Mode, plan } from "aistack-engine";
import * as gcp from "aistack-gcp";
import * as kubernetes from "aistack-kubernetes";

/** The arguments that all platforms share. */
interface Shared {
  project?: string;
  compliance?: Regulation[];
  existing?: pulumi.Input<FeatureStoreBinding>;
}

interface FeatureStore extends pulumi.ComponentResource {
  binding: pulumi.Output<FeatureStoreBinding>;
  configuration: pulumi.Output<string | undefined>;
}

const cluster = { name: "test", platform: Platform.Kubernetes, kubeconfig: "{}" };
const bucket = {
  kind: "object-store",
  name: "backups",
  platform: Platform.Aws,
  bucket: "backups",
  url: "s3://backups",
  access: { read: [], write: [] },
};
const subjects: [string, (name: string, args: Shared) => FeatureStore][] = [
  [
    "Kubernetes",
    (name, args) =>
      // A cloud keeps backups by itself; on a cluster, a regulation asks where they go.
      new kubernetes.FeatureStore(name, { cluster, ...(args.existing ? {} : { backup: { store: bucket } }), ...args }),
  ],
  ["AWS", (name, args) => new aws.FeatureStore(name, args)],
  ["Google Cloud", (name, args) => new gcp.FeatureStore(name, args)],
];
const modes: Mode[] = ["preview", "simulate"];
const config = { "aws:region": "eu-west-1", "gcp:project": "my-project", "gcp:region": "europe-west4" };

describe.each(subjects)("FeatureStore on %s", (_, create) => {
  const planned = (args: Shared = {}, mode: Mode = "simulate", name = "driver-features"): Promise<Graph> =>
    plan(
      () => {
        const store = create(name, args);
        return { binding: store.binding, configuration: store.configuration };
      },
      { mode, config },
    );

  test("its binding says what the store is made of, and its environment starts with FEAST_", async () => {
    const { binding, configuration } = (await planned()).outputs as unknown as {
      binding: FeatureStoreBinding;
      configuration: string;
    };
    expect(binding).toMatchObject({
      kind: "feature-store",
      name: "driver-features",
      project: "driver_features",
      registry: expect.any(String),
      onlineStore: expect.any(String),
      offlineStore: expect.any(String),
      configuration: expect.stringMatching(/^project: "driver_features"\n/),
    });
    expect(binding.credentials).toBeUndefined();
    for (const variable of Object.keys(binding.environment ?? {})) expect(variable).toMatch(/^FEAST_DRIVER_FEATURES_/);
    expect(binding.egress).not.toEqual([]);
    expect(Object.keys(binding.access).sort()).toEqual(["materialise", "serve", "train"]);
    expect(configuration).toMatch(/^project: "driver_features"\nprovider: /);
    expect(configuration).toContain("entity_key_serialization_version: 3\n");
  });

  test.each(modes)("in %s, what one puts out another adopts, which creates nothing", async (mode) => {
    const { binding } = (await planned()).outputs as unknown as { binding: FeatureStoreBinding };
    const graph = await planned({ existing: binding }, mode);
    expect(graph.resources.filter((row) => row.custom)).toEqual([]);
    expect(graph.outputs.binding).toEqual(binding);
  });

  test("says the regulations that it was given", async () => {
    const graph = await planned({ compliance: [Regulation.Gdpr] });
    const store = graph.resources.find((row) => row.type.endsWith(":index:FeatureStore"));
    expect(store?.inputs).toMatchObject({ compliance: [Regulation.Gdpr] });
  });

  test("refuses a project that no warehouse takes, and an unknown regulation, together", async () => {
    const refused = planned({ project: "My-Features", compliance: ["sox" as Regulation] });
    await expect(refused).rejects.toThrow(
      /compliance\[0\] is "sox"[\s\S]*project is "My-Features", but must be 1 to 39 lower-case letters/,
    );
  });
});

/** A group that every managed service takes. */
const group: FeatureGroupArgs = {
  name: "trips",
  recordIdentifier: "driver_id",
  eventTime: "feature_timestamp",
  features: [
    { name: "driver_id", type: FeatureType.String },
    { name: "feature_timestamp", type: FeatureType.String },
    { name: "trips_today", type: FeatureType.Integral },
  ],
};
const managed: [string, (groups?: FeatureGroupArgs[], project?: string) => FeatureStore][] = [
  [
    "SageMaker",
    (groups, project) => new aws.FeatureStore("rides", { engine: FeatureStoreEngine.SageMaker, groups, project }),
  ],
  [
    "Vertex AI",
    (groups, project) => new gcp.FeatureStore("rides", { engine: FeatureStoreEngine.Vertex, groups, project }),
  ],
];

describe.each(managed)("FeatureStore of %s", (_, create) => {
  const planned = (groups?: FeatureGroupArgs[], project?: string) =>
    plan(() => ({ binding: create(groups, project).binding }), { mode: "simulate", config });

  test("takes the same group, is its own registry, and grants reading, training and writing", async () => {
    const { binding } = (await planned([group])).outputs as unknown as { binding: FeatureStoreBinding };
    expect(binding).toMatchObject({ kind: "feature-store", name: "rides", project: "rides", registry: "service" });
    expect(binding.credentials).toBeUndefined();
    expect(binding.configuration).toBeUndefined();
    for (const variable of Object.keys(binding.environment ?? {})) expect(variable).toMatch(/^FEAST_RIDES_/);
    for (const rules of Object.values(binding.access)) expect(rules).not.toEqual([]);
  });

  test("refuses what is of Feast, and a group without its own identifier, together", async () => {
    await expect(planned([{ ...group, recordIdentifier: "who" }], "own")).rejects.toThrow(
      /project has no effect with engine [\s\S]*groups\[0\]\.recordIdentifier is "who", but must be the name of one of/,
    );
  });
});
