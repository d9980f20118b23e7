import { Provider } from "@pulumi/gcp";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import {
  Accelerator,
  bindingField,
  type ClusterBinding,
  kubernetesProvider,
  type NetworkBinding,
  Platform,
} from "aistack-core";
import { type Graph, type Mode, resource } from "aistack-engine";
import { NatGateways } from "../network/args";
import { created, custom, inputs, modes, planned, waitsFor } from "../testing";
import type { GpuClusterArgs } from "./args";
import { GpuCluster } from "./gpu-cluster";
import { ReleaseChannel } from "./versions";

const network: NetworkBinding = {
  networkId: "projects/shared/global/networks/vpc",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["projects/shared/regions/europe-west4/subnetworks/nodes"],
};

/** A cluster in a network that exists, which keeps the plans small. */
const cluster = (args: GpuClusterArgs = {}, mode?: Mode, region?: string): Promise<Graph> =>
  planned(() => new GpuCluster("train", { network, ...args }), mode, region);

const l4 = { accelerator: Accelerator.NvidiaL4 };

describe.each(modes)("in %s", (mode) => {
  test("a cluster with one pool creates these children and no others", async () => {
    const graph = await cluster({ pools: [l4] }, mode);
    expect(created(graph)).toEqual([
      "train-cluster Cluster",
      "train-encryption-agent ServiceIdentity",
      "train-encryption-disks CryptoKeyIAMMember",
      "train-encryption-key CryptoKey",
      "train-encryption-ring KeyRing",
      "train-encryption-secrets CryptoKeyIAMMember",
      "train-kubernetes kubernetes",
      "train-nodes-account Account",
      "train-nodes-role IAMMember",
      "train-nvidia-l4-nodes NodePool",
      "train-runtime-nvidia-critical-pods ResourceQuota",
      "train-runtime-nvidia-namespace Namespace",
      "train-runtime-nvidia-operator Release",
      "train-storage-hyperdisk-balanced StorageClass",
      "train-storage-pd-balanced StorageClass",
      "train-system-nodes NodePool",
    ]);
    expect(graph.resources.filter((row) => row.type !== "pulumi:pulumi:Stack" && !row.parent)).toEqual([]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("the API is private, secrets are encrypted, and nobody gets in without IAM", async () => {
    const graph = await cluster({}, mode);
    expect(inputs(graph, "train-cluster")).toMatchObject({
      name: "train-dev",
      location: "europe-west4",
      deletionProtection: true,
      releaseChannel: { channel: "REGULAR" },
      privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: true },
      masterAuthorizedNetworksConfig: { cidrBlocks: [], gcpPublicCidrsAccessEnabled: false },
      controlPlaneEndpointsConfig: { dnsEndpointConfig: { allowExternalTraffic: false } },
      anonymousAuthenticationConfig: { mode: "LIMITED" },
      enableLegacyAbac: false,
      databaseEncryption: { state: "ENCRYPTED" },
      datapathProvider: "ADVANCED_DATAPATH",
      enableIntranodeVisibility: true,
      enableShieldedNodes: true,
      workloadIdentityConfig: { workloadPool: "my-project.svc.id.goog" },
      costManagementConfig: { enabled: true },
      // What network policies open to pods: no other server of names.
      dnsConfig: { clusterDns: "KUBE_DNS" },
      addonsConfig: { dnsCacheConfig: { enabled: false } },
    });
    const { masterAuth, minMasterVersion, authenticatorGroupsConfig } = inputs(graph, "train-cluster");
    expect([masterAuth, minMasterVersion, authenticatorGroupsConfig]).toEqual([undefined, undefined, undefined]);
    expect(inputs(graph, "train-cluster", "loggingConfig.enableComponents")).toContain("APISERVER");
  });

  test("the services can use the key before anything is encrypted with it, so the first `up` succeeds", async () => {
    const graph = await cluster({ pools: [l4] }, mode);
    expect(inputs(graph, "train-encryption-key")).toMatchObject({
      purpose: "ENCRYPT_DECRYPT",
      rotationPeriod: "7776000s",
      destroyScheduledDuration: "2592000s",
    });
    expect(inputs(graph, "train-encryption-agent")).toEqual({ service: "container.googleapis.com" });
    expect(inputs(graph, "train-encryption-disks", "member")).toBe(
      "serviceAccount:service-123456789012@compute-system.iam.gserviceaccount.com",
    );
    for (const name of ["train-cluster", "train-system-nodes", "train-nvidia-l4-nodes"])
      expect(waitsFor(graph, name)).toEqual(
        expect.arrayContaining(["train-encryption-disks", "train-encryption-secrets", "train-nodes-role"]),
      );
    for (const name of ["train-encryption-ring", "train-encryption-key"])
      expect(resource(graph, name).options.retainOnDelete).toBe(true);
  });

  test("no node has a public address, the default account, broad scopes, or answers for its pods", async () => {
    const graph = await cluster({ pools: [l4, { accelerator: Accelerator.GoogleTpuV6e }] }, mode);
    const pools = custom(graph).filter((row) => row.type.endsWith(":NodePool"));
    expect(pools).toHaveLength(3);
    const configs = pools.map((row) => row.inputs.nodeConfig);
    for (const config of [...configs, inputs(graph, "train-cluster", "nodeConfig")]) {
      expect(config).toMatchObject({
        serviceAccount: expect.anything(),
        bootDiskKmsKey: expect.anything(),
        workloadMetadataConfig: { mode: "GKE_METADATA" },
        shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
      });
      expect(JSON.stringify(config)).not.toMatch(/auth\/(cloud-platform|compute|devstorage.(full|read_write))"/);
    }
    for (const row of pools) expect(row.inputs.networkConfig).toMatchObject({ enablePrivateNodes: true });
    expect(
      custom(graph)
        .filter((row) => row.type.endsWith(":IAMMember"))
        .map((row) => row.inputs.role),
    ).toEqual(["roles/container.defaultNodeServiceAccount"]);
  });

  test("all nodes mount Filestore, and those with GPUs Managed Lustre where that is asked for", async () => {
    for (const lustre of [undefined, true]) {
      const graph = await planned(() => {
        const train = new GpuCluster("train", { network, lustre });
        return { drivers: bindingField(train.binding, "volumeDrivers") };
      }, mode);
      const { gcpFilestoreCsiDriverConfig, lustreCsiDriverConfig } = inputs(graph, "train-cluster", "addonsConfig");
      expect(gcpFilestoreCsiDriverConfig).toEqual({ enabled: true });
      expect(lustreCsiDriverConfig).toEqual(lustre && { enabled: true });
      const drivers = ["filestore.csi.storage.gke.io", ...(lustre ? ["lustre.csi.storage.gke.io"] : [])];
      expect(graph.outputs.drivers).toEqual(drivers);
    }
  });

  test("what is in the cluster waits for its nodes, and consumers for volumes and GPUs too", async () => {
    const program = () => {
      const { binding } = new GpuCluster("train", { network, pools: [l4] });
      const provider = kubernetesProvider(binding, "another");
      const storageClass = bindingField(binding, "storageClass").apply((name) => name as string);
      new ConfigMap("consumer", { data: { storageClass } }, { provider });
      const accelerators = bindingField(binding, "accelerators");
      return {
        accelerators,
        storageClass,
        name: binding.name,
        platform: binding.platform,
        kubeconfig: binding.kubeconfig,
      };
    };
    const graph = await planned(program, mode);
    expect(waitsFor(graph, "train-kubernetes")).toEqual(
      expect.arrayContaining(["train-cluster", "train-system-nodes", "train-nvidia-l4-nodes"]),
    );
    expect(custom(graph).filter((row) => row.type === "pulumi:providers:kubernetes")).toHaveLength(1);
    expect(waitsFor(graph, "consumer")).toEqual(
      expect.arrayContaining(["train-storage-pd-balanced", "train-runtime-nvidia-operator"]),
    );
    expect(graph.outputs).toMatchObject({
      name: "train-dev",
      platform: "gcp",
      storageClass: "pd-balanced-encrypted",
      accelerators: [
        {
          accelerator: "nvidia-l4",
          perNode: 1,
          maxNodes: 1,
          nodeLabels: { "aistack.dev/accelerator": "nvidia-l4", "aistack.dev/pool": "nvidia-l4" },
        },
      ],
    });
    if (mode === "preview") return;
    const kubeconfig = JSON.parse(graph.outputs.kubeconfig as string);
    expect(kubeconfig.clusters[0].cluster.server).toMatch(/^https:\/\/192\.0\.2\.\d+$/);
    expect(kubeconfig.users[0].user).toEqual({
      exec: expect.objectContaining({ command: "gke-gcloud-auth-plugin", provideClusterInfo: true }),
    });
    expect(JSON.stringify(kubeconfig)).not.toMatch(/"(token|client-key-data|password)"/);
  });

  test("volumes are encrypted with the cluster's key by the default class", async () => {
    const graph = await cluster({ pools: [l4] }, mode);
    expect(inputs(graph, "train-storage-pd-balanced")).toMatchObject({
      metadata: {
        name: "pd-balanced-encrypted",
        annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
      },
      provisioner: "pd.csi.storage.gke.io",
      parameters: { type: "pd-balanced", "disk-encryption-kms-key": expect.anything() },
      volumeBindingMode: "WaitForFirstConsumer",
    });
    const annotations = { "storageclass.kubernetes.io/is-default-class": "false" };
    expect(inputs(graph, "train-storage-hyperdisk-balanced")).toMatchObject({ metadata: { annotations } });
  });
});

describe("access", () => {
  test("the API is opened to the named ranges only", async () => {
    const graph = await cluster({ apiAccessCidrs: ["203.0.113.7/32", pulumi.output("198.51.100.0/24")] });
    expect(inputs(graph, "train-cluster", "privateClusterConfig.enablePrivateEndpoint")).toBe(false);
    expect(inputs(graph, "train-cluster", "masterAuthorizedNetworksConfig")).toEqual({
      cidrBlocks: [{ cidrBlock: "203.0.113.7/32" }, { cidrBlock: "198.51.100.0/24" }],
      gcpPublicCidrsAccessEnabled: false,
    });
  });

  test("a range that only turns out later to be the whole internet stops the cluster", async () => {
    await expect(cluster({ apiAccessCidrs: [pulumi.output("0.0.0.0/0")] })).rejects.toThrow(
      /GpuCluster "train": apiAccessCidrs\[0\] is "0.0.0.0\/0", but opens the Kubernetes API to the internet/,
    );
  });

  test("administrators have all rights in this cluster and in no other", async () => {
    const administrators = ["user:ops@example.org", pulumi.output("group:platform@example.org")];
    const securityGroup = "gke-security-groups@example.org";
    const graph = await cluster({ administrators, securityGroup });
    expect(inputs(graph, "train-admin-user-ops-example-org")).toMatchObject({
      roleRef: { kind: "ClusterRole", name: "cluster-admin" },
      subjects: [{ kind: "User", name: "ops@example.org" }],
    });
    expect(inputs(graph, "train-admin-2", "subjects")).toMatchObject([{ kind: "Group", name: "platform@example.org" }]);
    expect(inputs(graph, "train-admin-2-viewer")).toEqual({
      project: "my-project",
      role: "roles/container.clusterViewer",
      member: "group:platform@example.org",
    });
    expect(inputs(graph, "train-cluster", "authenticatorGroupsConfig")).toEqual({ securityGroup });
  });
});

describe("what it is made with", () => {
  test("a provider that is given makes every child and answers every lookup", async () => {
    const graph = await planned(() => {
      const provider = new Provider("iowa", { project: "other", region: "us-central1" });
      new GpuCluster("train", { pools: [l4] }, { provider });
    });
    const children = custom(graph).filter((row) => row.type.startsWith("gcp:"));
    expect(children.filter((row) => !row.provider?.includes("::iowa::"))).toEqual([]);
    expect(inputs(graph, "train-cluster", "nodeLocations")).toEqual([
      "us-central1-a",
      "us-central1-b",
      "us-central1-c",
    ]);
    expect(inputs(graph, "train-cluster", "workloadIdentityConfig.workloadPool")).toBe("other.svc.id.goog");
  });

  test("a network of its own gets the arguments of the network, and the cluster its ranges", async () => {
    const graph = await planned(
      () => new GpuCluster("train", { vpcCidr: "10.8.0.0/14", natGateways: NatGateways.None }),
    );
    expect(inputs(graph, "train-network-subnet", "ipCidrRange")).toBe("10.8.0.0/16");
    expect(inputs(graph, "train-cluster", "ipAllocationPolicy")).toEqual({
      clusterSecondaryRangeName: "pods",
      servicesSecondaryRangeName: "services",
    });
    const adopting = await cluster();
    expect(inputs(adopting, "train-cluster")).toMatchObject({
      network: network.networkId,
      subnetwork: network.privateSubnetIds[0],
      ipAllocationPolicy: { clusterIpv4CidrBlock: "/14", servicesIpv4CidrBlock: "/20" },
    });
  });

  test("everything that takes labels has the standard ones and the caller's", async () => {
    const graph = await cluster({ pools: [l4], tags: { team: "research" } });
    const labels = {
      team: "research",
      "aistack-component": "gpu-cluster",
      "aistack-environment": "dev",
      "aistack-data-class": "confidential",
    };
    expect(inputs(graph, "train-cluster", "resourceLabels")).toEqual(labels);
    expect(inputs(graph, "train-encryption-key", "labels")).toEqual(labels);
    for (const name of ["train-system-nodes", "train-nvidia-l4-nodes"])
      expect(inputs(graph, name, "nodeConfig.resourceLabels")).toEqual(labels);
  });

  test("a key that is given is used for everything, and none is created", async () => {
    const kmsKey = "projects/keys/locations/europe-west4/keyRings/ring/cryptoKeys/key";
    const graph = await cluster({ kmsKey });
    expect(created(graph).filter((row) => row.includes("encryption"))).toEqual([]);
    expect(inputs(graph, "train-cluster", "databaseEncryption.keyName")).toBe(kmsKey);
    expect(inputs(graph, "train-system-nodes", "nodeConfig.bootDiskKmsKey")).toBe(kmsKey);
    expect(inputs(graph, "train-storage-pd-balanced", "parameters")).toMatchObject({
      "disk-encryption-kms-key": kmsKey,
    });
  });

  test("nodes may read the repository that holds the mirrored images, and no other", async () => {
    const images = "europe-west4-docker.pkg.dev/images/mirror";
    expect(inputs(await cluster({ mirror: { images } }), "train-nodes-mirror")).toMatchObject({
      location: "europe-west4",
      project: "images",
      repository: "mirror",
      role: "roles/artifactregistry.reader",
    });
    expect(created(await cluster({ mirror: { images: "registry.local" } })).join()).not.toContain("train-nodes-mirror");
  });

  test("without deletion protection everything goes with the stack", async () => {
    const graph = await cluster({ deletionProtection: false });
    expect(inputs(graph, "train-cluster", "deletionProtection")).toBe(false);
    expect(custom(graph).filter((row) => row.options.retainOnDelete || row.options.protect)).toEqual([]);
  });

  test("version and channel are what was asked for", async () => {
    const graph = await cluster({ kubernetesVersion: "1.34", releaseChannel: ReleaseChannel.Extended });
    expect(inputs(graph, "train-cluster")).toMatchObject({
      minMasterVersion: "1.34",
      releaseChannel: { channel: "EXTENDED" },
    });
  });

  test.each(modes)("an adopted cluster is passed on and nothing is created, in %s", async (mode) => {
    const existing: ClusterBinding = {
      name: "shared",
      platform: Platform.Gcp,
      kubeconfig: "{}",
      region: "europe-west4",
    };
    const program = () => {
      const first = new GpuCluster("first", { existing });
      const second = new GpuCluster("second", { existing: first.binding });
      new ConfigMap("a", {}, { provider: kubernetesProvider(first.binding, "shared") });
      new ConfigMap("b", {}, { provider: kubernetesProvider(second.binding, "another") });
      return { binding: second.binding, network: second.network };
    };
    const graph = await planned(program, mode);
    expect(created(graph)).toEqual(["a ConfigMap", "b ConfigMap", "shared kubernetes"]);
    expect(graph.outputs.binding).toEqual(existing);
  });

  test("zones of another region stop the cluster", async () => {
    await expect(cluster({ zones: ["us-central1-a"] })).rejects.toThrow(
      /zones names us-central1-a, but the provider's region is europe-west4/,
    );
    await expect(cluster({ pools: [{ ...l4, zones: ["us-central1-a"] }] })).rejects.toThrow(
      /pools names us-central1-a for nvidia-l4, but the provider's region is europe-west4/,
    );
  });

  test("a provider without region is asked for one", async () => {
    await expect(cluster({}, "simulate", "")).rejects.toThrow(/no region. Set it, with `pulumi config set gcp:region/);
  });
});
