import { Provider } from "@pulumi/aws/provider";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import {
  Accelerator,
  bindingField,
  type ClusterBinding,
  type GpuPoolArgs,
  Interconnect,
  kubernetesProvider,
  type NetworkBinding,
  Platform,
} from "aistack-core";
import { children, type Graph, type Mode, resource } from "aistack-engine";
import { NatGateways } from "../network/args";
import { allStatements, created, custom, inputs, modes, planned, refusal, statements, waitsFor } from "../testing";
import type { GpuClusterArgs } from "./args";
import { GpuCluster } from "./gpu-cluster";
import { SupportType } from "./versions";

const network: NetworkBinding = {
  networkId: "vpc-0123",
  cidr: "10.0.0.0/16",
  privateSubnetIds: ["subnet-1", "subnet-2"],
};

/** A cluster in a network that exists, which keeps the plans small. */
const cluster = (args: GpuClusterArgs = {}, mode?: Mode, region?: string): Promise<Graph> =>
  planned(() => new GpuCluster("train", { network, ...args }), mode, region);

/** A pool of a fixed size. What comes and goes stands in pools.test.ts. */
const l4 = { accelerator: Accelerator.NvidiaL4, minNodes: 1 };

describe.each(modes)("in %s", (mode) => {
  test("a cluster with one pool creates these children and no others", async () => {
    const graph = await cluster({ pools: [l4] }, mode);
    expect(created(graph)).toEqual([
      "train-addons-aws-ebs-csi-driver Addon",
      "train-addons-coredns Addon",
      "train-addons-ebs-csi-role Role",
      "train-addons-ebs-csi-role-AmazonEBSCSIDriverPolicy RolePolicyAttachment",
      "train-addons-ebs-csi-role-key RolePolicy",
      "train-addons-eks-node-monitoring-agent Addon",
      "train-addons-metrics-server Addon",
      "train-cluster Cluster",
      "train-key Key",
      "train-kubernetes kubernetes",
      "train-logs LogGroup",
      "train-node-addons-eks-pod-identity-agent Addon",
      "train-node-addons-kube-proxy Addon",
      "train-node-addons-vpc-cni Addon",
      "train-node-addons-vpc-cni-role Role",
      "train-node-addons-vpc-cni-role-AmazonEKS_CNI_Policy RolePolicyAttachment",
      "train-node-role Role",
      "train-node-role-AmazonEC2ContainerRegistryPullOnly RolePolicyAttachment",
      "train-node-role-AmazonEKSWorkerNodePolicy RolePolicyAttachment",
      "train-nvidia-l4-nodes NodeGroup",
      "train-nvidia-l4-template LaunchTemplate",
      "train-role Role",
      "train-role-AmazonEKSClusterPolicy RolePolicyAttachment",
      "train-role-secrets RolePolicy",
      "train-runtime-gp3 StorageClass",
      "train-runtime-nvidia-critical-pods ResourceQuota",
      "train-runtime-nvidia-namespace Namespace",
      "train-runtime-nvidia-operator Release",
      "train-system-nodes NodeGroup",
      "train-system-template LaunchTemplate",
    ]);
    expect(graph.resources.filter((row) => row.type !== "pulumi:pulumi:Stack" && !row.parent)).toEqual([]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("the API is private, its secrets encrypted, its logs complete, and only its own entries give access", async () => {
    const graph = await cluster({}, mode);
    expect(inputs(graph, "train-cluster")).toMatchObject({
      name: "train-dev",
      version: "1.35",
      accessConfig: { authenticationMode: "API", bootstrapClusterCreatorAdminPermissions: true },
      bootstrapSelfManagedAddons: false,
      deletionProtection: true,
      enabledClusterLogTypes: ["api", "audit", "authenticator", "controllerManager", "scheduler"],
      encryptionConfig: { resources: ["secrets"] },
      upgradePolicy: { supportType: "STANDARD" },
      vpcConfig: { subnetIds: ["subnet-1", "subnet-2"], endpointPrivateAccess: true, endpointPublicAccess: false },
    });
    expect(inputs(graph, "train-cluster", "vpcConfig.publicAccessCidrs")).toBeUndefined();
    expect(waitsFor(graph, "train-cluster")).toEqual(
      expect.arrayContaining(["train-logs", "train-role-AmazonEKSClusterPolicy", "train-role-secrets"]),
    );
    expect(inputs(graph, "train-logs")).toMatchObject({
      name: "/aws/eks/train-dev/cluster",
      retentionInDays: 365,
      deletionProtectionEnabled: true,
    });
    expect(inputs(graph, "train-key")).toMatchObject({ enableKeyRotation: true, deletionWindowInDays: 30 });
    expect(resource(graph, "train-key").options.retainOnDelete).toBe(true);
  });

  test("no node answers IMDSv1 or gives its role to pods, and every root volume is encrypted", async () => {
    const graph = await cluster({ pools: [l4, { accelerator: Accelerator.NvidiaH100, minNodes: 1 }] }, mode);
    const templates = custom(graph).filter((row) => row.type.endsWith(":LaunchTemplate"));
    expect(templates).toHaveLength(3);
    for (const { inputs } of templates) {
      expect(inputs.metadataOptions).toEqual({
        httpEndpoint: "enabled",
        httpTokens: "required",
        httpPutResponseHopLimit: 1,
      });
      expect(inputs.blockDeviceMappings).toEqual([
        {
          deviceName: "/dev/xvda",
          ebs: expect.objectContaining({ volumeType: "gp3", encrypted: "true", kmsKeyId: expect.anything() }),
        },
      ]);
      expect([inputs.networkInterfaces, inputs.imageId, inputs.keyName]).toEqual([undefined, undefined, undefined]);
    }
  });

  test("add-ons come in an order in which nodes become ready", async () => {
    const graph = await cluster({ pools: [l4] }, mode);
    for (const nodes of ["train-system-nodes", "train-nvidia-l4-nodes"]) {
      expect(waitsFor(graph, nodes)).toEqual(
        expect.arrayContaining([
          "train-node-addons-vpc-cni",
          "train-node-addons-kube-proxy",
          "train-node-addons-eks-pod-identity-agent",
          "train-node-role-AmazonEKSWorkerNodePolicy",
        ]),
      );
      expect(waitsFor(graph, nodes)).not.toContain("train-addons-coredns");
    }
    for (const addon of ["coredns", "aws-ebs-csi-driver", "metrics-server", "eks-node-monitoring-agent"])
      expect(waitsFor(graph, `train-addons-${addon}`)).toContain("train-system-nodes");
    expect(waitsFor(graph, "train-node-addons-vpc-cni")).toContain("train-node-addons-eks-pod-identity-agent");
    for (const row of custom(graph).filter((own) => own.type.endsWith(":Addon")))
      expect(row.inputs).toMatchObject({
        resolveConflictsOnCreate: "OVERWRITE",
        resolveConflictsOnUpdate: "OVERWRITE",
      });
  });

  test("what is in the cluster waits for nodes, add-ons and access, and consumers for volumes and GPUs too", async () => {
    const administrators = ["arn:aws:iam::111122223333:role/platform"];
    const program = () => {
      const { binding } = new GpuCluster("train", { network, pools: [l4], administrators });
      const provider = kubernetesProvider(binding, "another");
      const storageClass = bindingField(binding, "storageClass").apply((name) => name as string);
      new ConfigMap("consumer", { data: { storageClass } }, { provider });
      const accelerators = bindingField(binding, "accelerators");
      return { accelerators, storageClass, name: binding.name, kubeconfig: binding.kubeconfig };
    };
    const graph = await planned(program, mode);
    expect(waitsFor(graph, "train-kubernetes")).toEqual(
      expect.arrayContaining([
        "train-addons-aws-ebs-csi-driver",
        "train-addons-coredns",
        "train-admin-111122223333-role-platform-rights",
        "train-nvidia-l4-nodes",
        "train-system-nodes",
      ]),
    );
    expect(custom(graph).filter((row) => row.type === "pulumi:providers:kubernetes")).toHaveLength(1);
    expect(waitsFor(graph, "consumer")).toEqual(
      expect.arrayContaining(["train-runtime-gp3", "train-runtime-nvidia-operator"]),
    );
    expect(graph.outputs).toMatchObject({
      name: "train-dev",
      storageClass: "gp3",
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
    expect(kubeconfig.users).toEqual([
      {
        name: "train-dev",
        user: {
          exec: expect.objectContaining({
            command: "aws",
            args: ["eks", "get-token", "--cluster-name", "train-dev", "--region", "eu-west-1", "--output", "json"],
          }),
        },
      },
    ]);
    expect(JSON.stringify(kubeconfig)).not.toMatch(/"(token|client-key-data|password)"/);
  });

  test("nodes mount Lustre file systems where that is asked for: a driver that may look at them, no more", async () => {
    const graph = await planned(() => {
      const train = new GpuCluster("train", { network, lustre: true });
      return { drivers: bindingField(train.binding, "volumeDrivers") };
    }, mode);
    expect(inputs(graph, "train-addons-aws-fsx-csi-driver")).toMatchObject({
      addonName: "aws-fsx-csi-driver",
      podIdentityAssociations: [{ serviceAccount: "fsx-csi-controller-sa" }],
    });
    expect(created(graph).filter((row) => row.startsWith("train-addons-fsx"))).toEqual([
      "train-addons-fsx-csi-role Role",
      "train-addons-fsx-csi-role-look RolePolicy",
    ]);
    if (mode === "simulate")
      expect(statements(graph, "train-addons-fsx-csi-role-look").LookAtFileSystems).toEqual({
        Sid: "LookAtFileSystems",
        Effect: "Allow",
        Action: "fsx:DescribeFileSystems",
        Resource: "arn:aws:fsx:eu-west-1:123456789012:file-system/*",
      });
    expect(graph.outputs.drivers).toEqual(["fsx.csi.aws.com"]);
    expect(created(await cluster({}, mode))).not.toContain("train-addons-aws-fsx-csi-driver Addon");
  });

  test("volumes are encrypted with the cluster's key by the default class", async () => {
    const graph = await cluster({}, mode);
    expect(inputs(graph, "train-runtime-gp3")).toMatchObject({
      metadata: { name: "gp3", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true", kmsKeyId: expect.anything() },
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: true,
    });
    expect(JSON.parse(inputs(graph, "train-addons-aws-ebs-csi-driver", "configurationValues"))).toEqual({
      controller: { extraVolumeTags: expect.objectContaining({ "aistack:component": "GpuCluster" }) },
    });
  });
});

describe("pools", () => {
  test("GPU nodes carry the labels and the taint that the device plugin and workloads look for", async () => {
    const pool = { ...l4, name: "small", minNodes: 2, diskSizeGiB: 300, labels: { tier: "test" } };
    const graph = await cluster({ pools: [pool] });
    expect(inputs(graph, "train-small-nodes")).toMatchObject({
      amiType: "AL2023_x86_64_NVIDIA",
      capacityType: "ON_DEMAND",
      instanceTypes: ["g6.xlarge"],
      version: "1.35",
      scalingConfig: { minSize: 2, desiredSize: 2, maxSize: 2 },
      labels: { "aistack.dev/accelerator": "nvidia-l4", "aistack.dev/pool": "small", tier: "test" },
      taints: [{ key: "nvidia.com/gpu", value: "present", effect: "NO_SCHEDULE" }],
      nodeRepairConfig: { enabled: true },
      updateConfig: { maxUnavailable: 1, updateStrategy: "MINIMAL" },
    });
    // A fixed number moves with its bounds; that of the system nodes can be anybody's.
    expect(resource(graph, "train-small-nodes").options.ignoreChanges ?? []).toEqual([]);
    expect(resource(graph, "train-system-nodes").options.ignoreChanges).toEqual(["scalingConfig.desiredSize"]);
    expect(inputs(graph, "train-small-template", "blockDeviceMappings")[0].ebs.volumeSize).toBe(300);
  });

  test("system nodes carry no taint, and an Arm machine gets an Arm image", async () => {
    const standard = inputs(await cluster(), "train-system-nodes");
    expect(standard).toMatchObject({
      amiType: "AL2023_x86_64_STANDARD",
      instanceTypes: ["m7i.large"],
      scalingConfig: { minSize: 2, desiredSize: 2, maxSize: 3 },
    });
    expect(standard.taints).toBeUndefined();
    const arm = await cluster({ systemNodes: { machineType: "m7g.large", minNodes: 4 } });
    expect(inputs(arm, "train-system-nodes")).toMatchObject({
      amiType: "AL2023_ARM_64_STANDARD",
      scalingConfig: { minSize: 4, maxSize: 4 },
    });
  });

  test("a mirror replaces every public registry", async () => {
    const mirror = { images: "registry.local/mirror", charts: "oci://registry.local/charts" };
    const pools = [{ accelerator: Accelerator.NvidiaH100, interconnect: Interconnect.HighBandwidth, maxNodes: 2 }];
    const graph = await cluster({ pools, mirror });
    const releases = custom(graph).filter((row) => row.type.endsWith(":Release"));
    expect(releases.map((row) => row.inputs.chart).sort()).toEqual([
      "oci://registry.local/charts/aws-efa-k8s-device-plugin",
      "oci://registry.local/charts/gpu-operator",
      "oci://registry.local/charts/karpenter",
      "oci://registry.local/charts/karpenter-crd",
    ]);
    for (const { name } of releases) expect(inputs(graph, name, "repositoryOpts.repo")).toBeUndefined();
    const image = (name: string, path: string) => inputs(graph, name, `values.${path}.repository`);
    expect(image("train-karpenter-controller", "controller.image")).toBe(
      "registry.local/mirror/public.ecr.aws/karpenter/controller",
    );
    expect(image("train-runtime-efa", "image")).toMatch(/^registry.local\/mirror\/602401143452.dkr.ecr.us-west-2/);
  });
});

describe("access", () => {
  test("the API is opened to the named ranges only", async () => {
    const graph = await cluster({ apiAccessCidrs: ["203.0.113.7/32", pulumi.output("198.51.100.0/24")] });
    expect(inputs(graph, "train-cluster", "vpcConfig")).toMatchObject({
      endpointPrivateAccess: true,
      endpointPublicAccess: true,
      publicAccessCidrs: ["203.0.113.7/32", "198.51.100.0/24"],
    });
  });

  test("a range that only turns out later to be the whole internet stops the cluster", async () => {
    await expect(cluster({ apiAccessCidrs: [pulumi.output("0.0.0.0/0")] })).rejects.toThrow(
      /GpuCluster "train": apiAccessCidrs\[0\] is "0.0.0.0\/0", but opens the Kubernetes API to the internet/,
    );
  });

  test("named administrators get in, and the creator by himself does not", async () => {
    const later = pulumi.output("arn:aws:iam::111122223333:user/ops");
    const graph = await cluster({ administrators: ["arn:aws:iam::111122223333:role/a/platform", later] });
    expect(inputs(graph, "train-cluster", "accessConfig.bootstrapClusterCreatorAdminPermissions")).toBe(false);
    expect(inputs(graph, "train-admin-111122223333-role-a-platform-rights")).toMatchObject({
      principalArn: "arn:aws:iam::111122223333:role/a/platform",
      policyArn: "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy",
      accessScope: { type: "cluster" },
    });
    expect(inputs(graph, "train-admin-2", "principalArn")).toBe("arn:aws:iam::111122223333:user/ops");
  });
});

describe("policies", () => {
  test("the key is open to the account, to its log group and to Auto Scaling, which may not exist yet", async () => {
    const key = statements(await cluster(), "train-key");
    expect(Object.keys(key)).toEqual([
      "AccountAdministersKey",
      "CloudWatchEncryptsControlPlaneLogs",
      "AutoScalingEncryptsNodeVolumes",
      "AutoScalingHandsKeyToNodeVolumes",
    ]);
    expect(key.CloudWatchEncryptsControlPlaneLogs).toMatchObject({
      Principal: { Service: "logs.eu-west-1.amazonaws.com" },
      Condition: {
        ArnEquals: {
          "kms:EncryptionContext:aws:logs:arn":
            "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/eks/train-dev/cluster",
        },
      },
    });
    const role = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling";
    for (const sid of ["AutoScalingEncryptsNodeVolumes", "AutoScalingHandsKeyToNodeVolumes"])
      expect(key[sid]?.Condition).toMatchObject({
        StringEquals: { "kms:CallerAccount": "123456789012" },
        ArnEquals: { "aws:PrincipalArn": `arn:aws:iam::123456789012:${role}` },
      });
    expect(key.AutoScalingHandsKeyToNodeVolumes).toMatchObject({
      Action: "kms:CreateGrant",
      Condition: { Bool: { "kms:GrantIsForAWSResource": "true" } },
    });
  });

  test("no wildcard action and no open resource but those that AWS asks for", async () => {
    const all = allStatements(await cluster({ pools: [l4, { accelerator: Accelerator.NvidiaH100 }] }));
    expect(all.length).toBeGreaterThan(20);
    const named = (rows: typeof all) => rows.map(({ owner, statement }) => `${owner} ${statement.Sid}`).sort();
    const wide = all.filter(({ statement }) => [statement.Action].flat().some((action) => action.includes("*")));
    expect(named(wide)).toEqual(["train-karpenter-events-policy TlsOnly", "train-key AccountAdministersKey"]);
    expect(wide.find(({ statement }) => statement.Sid === "TlsOnly")?.statement.Effect).toBe("Deny");
    const open = all.filter(
      ({ owner, statement }) => owner !== "train-key" && [statement.Resource].flat().includes("*"),
    );
    // Lists and prices have no narrower resource.
    expect(named(open)).toEqual([
      "train-karpenter-role-discovery ListInstanceProfiles",
      "train-karpenter-role-discovery ReadPrices",
      "train-karpenter-role-discovery SeeWhatTheRegionHas",
    ]);
    for (const { statement } of open)
      for (const action of [statement.Action].flat()) expect(action).toMatch(/:(Describe|List|GetProducts)/);
  });

  test("roles of add-ons can be taken by their service account in this cluster only", async () => {
    const graph = await cluster();
    expect(statements(graph, "train-node-addons-vpc-cni-role", "assumeRolePolicy").TrustServiceAccount).toMatchObject({
      Principal: { Service: "pods.eks.amazonaws.com" },
      Action: ["sts:AssumeRole", "sts:TagSession"],
      Condition: {
        StringEquals: {
          "aws:RequestTag/eks-cluster-arn": "arn:aws:eks:eu-west-1:123456789012:cluster/train-dev",
          "aws:RequestTag/kubernetes-namespace": "kube-system",
          "aws:RequestTag/kubernetes-service-account": "aws-node",
        },
      },
    });
    const association = inputs(graph, "train-addons-aws-ebs-csi-driver", "podIdentityAssociations");
    expect(association).toEqual([
      {
        roleArn: expect.stringContaining("train-addons-ebs-csi-role"),
        serviceAccount: "ebs-csi-controller-sa",
      },
    ]);
    expect(Object.keys(statements(graph, "train-addons-ebs-csi-role-key"))).toEqual([
      "EncryptVolumes",
      "HandKeyToVolumes",
    ]);
  });

  test("ARNs follow the partition", async () => {
    const graph = await cluster(
      { pools: [l4], administrators: ["arn:aws-us-gov:iam::111122223333:role/x"] },
      "simulate",
      "us-gov-west-1",
    );
    const arns = JSON.stringify(custom(graph).map((row) => row.inputs)).match(/arn:[a-z-]+:/g) ?? [];
    expect(arns.length).toBeGreaterThan(20);
    expect([...new Set(arns)]).toEqual(["arn:aws-us-gov:"]);
  });

  test("nodes get what a kubelet needs and nothing for pods", async () => {
    const attached = custom(await cluster())
      .filter((row) => row.name.startsWith("train-node-role-"))
      .map((row) => row.inputs.policyArn);
    expect(attached.sort()).toEqual([
      "arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryPullOnly",
      "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy",
    ]);
  });
});

describe("what it is made with", () => {
  test("a provider that is given makes every child and answers every lookup", async () => {
    const graph = await planned(() => {
      const provider = new Provider("ohio", { region: "us-east-2" });
      new GpuCluster("train", { pools: [l4] }, { provider });
    });
    const children = custom(graph).filter((row) => row.type.startsWith("aws:"));
    expect(children.filter((row) => !row.provider?.includes("::ohio::"))).toEqual([]);
    expect(children.filter((row) => row.inputs.region !== undefined)).toEqual([]);
    expect(inputs(graph, "train-network-private-1", "availabilityZone")).toBe("us-east-2a");
    expect(JSON.stringify(statements(graph, "train-key"))).toContain("logs.us-east-2.amazonaws.com");
    expect(inputs(graph, "train-kubernetes", "kubeconfig")).toContain("us-east-2");
  });

  test("a network of its own gets the arguments of the network and the tags of the cluster", async () => {
    const args = { vpcCidr: "10.8.0.0/16", zoneCount: 2, natGateways: NatGateways.PerZone, tags: { team: "research" } };
    const graph = await planned(() => new GpuCluster("train", args));
    expect(children(graph, resource(graph, "aistack-aws:index:Network").urn)).not.toEqual([]);
    expect(inputs(graph, "train-network-vpc", "cidrBlock")).toBe("10.8.0.0/16");
    expect(custom(graph).filter((row) => row.type.endsWith(":NatGateway"))).toHaveLength(2);
    expect(waitsFor(graph, "train-system-nodes")).toContain("train-network-private-2-out");
    const untagged = /:(Route|RouteTableAssociation|RolePolicy|RolePolicyAttachment|AccessPolicyAssociation)$/;
    const taggable = custom(graph).filter((row) => row.type.startsWith("aws:") && !untagged.test(row.type));
    for (const row of taggable)
      expect([row.name, row.inputs.tags]).toEqual([
        row.name,
        expect.objectContaining({
          team: "research",
          "aistack:component": "GpuCluster",
          "aistack:environment": "dev",
          "aistack:data-class": "confidential",
        }),
      ]);
  });

  test("a key that is given is used for everything, and none is created", async () => {
    const kmsKeyArn = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000000";
    const graph = await cluster({ kmsKeyArn });
    expect(custom(graph).filter((row) => row.type.endsWith(":Key"))).toEqual([]);
    expect(inputs(graph, "train-cluster", "encryptionConfig.provider.keyArn")).toBe(kmsKeyArn);
    expect(inputs(graph, "train-logs", "kmsKeyId")).toBe(kmsKeyArn);
    expect(inputs(graph, "train-runtime-gp3", "parameters.kmsKeyId")).toBe(kmsKeyArn);
    expect(statements(graph, "train-role-secrets").EncryptSecrets?.Resource).toBe(kmsKeyArn);
  });

  test("without deletion protection everything goes with the stack", async () => {
    const graph = await cluster({ deletionProtection: false });
    expect(inputs(graph, "train-cluster", "deletionProtection")).toBe(false);
    expect(inputs(graph, "train-logs", "deletionProtectionEnabled")).toBe(false);
    expect(graph.resources.filter((row) => row.options.retainOnDelete || row.options.protect)).toEqual([]);
  });

  test("version, support and log retention are what was asked for", async () => {
    const graph = await cluster({ kubernetesVersion: "1.33", support: SupportType.Extended, logRetentionDays: 2192 });
    expect(inputs(graph, "train-cluster")).toMatchObject({
      version: "1.33",
      upgradePolicy: { supportType: "EXTENDED" },
    });
    expect(inputs(graph, "train-logs", "retentionInDays")).toBe(2192);
  });

  test.each(modes)("an adopted cluster is passed on and nothing is created, in %s", async (mode) => {
    const existing: ClusterBinding = { name: "shared", platform: Platform.Aws, kubeconfig: "{}", region: "eu-west-1" };
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
});

const pool = (args: object): GpuClusterArgs => ({ pools: [{ ...l4, ...args } as GpuPoolArgs] });
const existing: ClusterBinding = { name: "shared", platform: Platform.Aws };

describe("refuses", () => {
  test.each<[string, GpuClusterArgs, RegExp]>([
    [
      "an accelerator that does not exist",
      pool({ accelerator: "nvidia-h999" }),
      /pools\[0\].accelerator is "nvidia-h999", which is not an accelerator that exists; choose one of nvidia-t4, nvidia-a10g, nvidia-l4/,
    ],
    [
      "a TPU",
      pool({ accelerator: Accelerator.GoogleTpuV6e }),
      /is "google-tpu-v6e", which AWS does not offer; choose one of/,
    ],
    [
      "a count that no machine offers",
      pool({ perNode: 3 }),
      /pools\[0\].perNode is 3, but machines with nvidia-l4 carry 1, 4, 8/,
    ],
    [
      "a machine without the accelerator",
      pool({ machineType: "p5.48xlarge" }),
      /pools\[0\].machineType is "p5.48xlarge", which does not carry nvidia-l4; choose one of g6.xlarge \(1\)/,
    ],
    [
      "a machine with another count",
      pool({ machineType: "g6.xlarge", perNode: 4 }),
      /pools\[0\].perNode is 4, but g6.xlarge carries 1/,
    ],
    [
      "two pools of one name",
      { pools: [l4, l4] },
      /pools\[1\].accelerator makes "nvidia-l4" the name of this pool and of pools\[0\]/,
    ],
    [
      "a pool called like the system nodes",
      pool({ name: "system" }),
      /pools\[0\].name is "system", the name of the nodes without/,
    ],
    [
      "a name that is no label",
      pool({ name: "Big_Ones" }),
      /pools\[0\].name is "Big_Ones", but must be 1 to 63 lower-case/,
    ],
    ["a name too long", pool({ name: "a".repeat(31) }), /must have 30 characters or fewer/],
    [
      "more nodes at least than at most",
      pool({ minNodes: 3, maxNodes: 2 }),
      /pools\[0\].maxNodes is 2, but minNodes is 3/,
    ],
    [
      "a pool that can have no node",
      pool({ minNodes: 0, maxNodes: 0 }),
      /pools\[0\].maxNodes is 0, but must be a whole number from 1/,
    ],
    ["half a node", pool({ minNodes: 1.5, maxNodes: 2 }), /pools\[0\].minNodes is 1.5, but must be a whole number/],
    [
      "a disk too small for the image",
      pool({ diskSizeGiB: 8 }),
      /pools\[0\].diskSizeGiB is 8, but must be a whole number from 20/,
    ],
    [
      "a label of EKS",
      pool({ labels: { "eks.amazonaws.com/nodegroup": "x" } }),
      /labels\["eks.amazonaws.com\/nodegroup"\] is a label that/,
    ],
    [
      "a label of this component",
      pool({ labels: { "aistack.dev/pool": "x" } }),
      /labels\["aistack.dev\/pool"\] is a label that/,
    ],
    [
      "system nodes with GPUs",
      { systemNodes: { machineType: "g6.xlarge" } },
      /systemNodes.machineType is "g6.xlarge", but carries nvidia-l4/,
    ],
    [
      "a system machine that is none",
      { systemNodes: { machineType: "large" } },
      /systemNodes.machineType.*must be an EC2 instance type/,
    ],
    ["no system node", { systemNodes: { minNodes: 0 } }, /systemNodes.minNodes is 0, but the add-ons need 1/],
    [
      "the whole internet",
      { apiAccessCidrs: ["0.0.0.0/0"] },
      /apiAccessCidrs\[0\] is "0.0.0.0\/0", but opens the Kubernetes API to the internet/,
    ],
    [
      "half the internet",
      { apiAccessCidrs: ["203.0.113.0/24", "128.0.0.0/1"] },
      /apiAccessCidrs\[1\].*opens the Kubernetes API/,
    ],
    [
      "the whole internet in IPv6",
      { apiAccessCidrs: ["::/0"] },
      /apiAccessCidrs\[0\] is "::\/0", but must be an IPv4 range/,
    ],
    [
      "a private range",
      { apiAccessCidrs: ["172.20.0.0/16"] },
      /apiAccessCidrs\[0\].*is a private range, which the public endpoint/,
    ],
    [
      "a session as administrator",
      { administrators: ["arn:aws:sts::111122223333:assumed-role/x/me"] },
      /administrators\[0\].*for a session, name its role/,
    ],
    [
      "an administrator twice",
      { administrators: ["arn:aws:iam::111122223333:role/x", "arn:aws:iam::111122223333:role/x"] },
      /administrators\[1\].*named twice/,
    ],
    [
      "a version that is not known",
      { kubernetesVersion: "1.29" },
      /kubernetesVersion is "1.29", but must be one of 1.33, 1.34, 1.35/,
    ],
    [
      "a version whose support ended",
      { kubernetesVersion: "1.33" },
      /its standard support ended on 2026-07-29; choose a newer version, or set support to "extended"/,
    ],
    [
      "a kind of support that does not exist",
      { support: "forever" as SupportType },
      /support is "forever", but must be one of standard, extended/,
    ],
    [
      "a retention that CloudWatch does not offer",
      { logRetentionDays: 100 },
      /logRetentionDays is 100, but must be one of 1, 3, 5/,
    ],
    [
      "an alias for the key",
      { kmsKeyArn: "alias/train" },
      /kmsKeyArn is "alias\/train", but must be the ARN of a KMS key/,
    ],
    [
      "a shape for a network that is adopted",
      { network, vpcCidr: "10.0.0.0/16", zoneCount: 2 },
      /vpcCidr shapes a network that is created[\s\S]*zoneCount shapes/,
    ],
    ["a network range that is none", { vpcCidr: "ten" }, /vpcCidr is "ten", but must be an IPv4 range/],
    ["GPUs that could pull no image", { ...pool({}), natGateways: NatGateways.None }, /mirror.images is missing/],
    [
      "arguments beside an adopted cluster",
      { existing, pools: [l4], tags: {} },
      /pools has no effect together with `existing`[\s\S]*tags has no effect/,
    ],
  ])("%s", async (_, args, message) => {
    expect(await refusal(() => new GpuCluster("train", args))).toMatch(message);
  });

  test("a name that AWS would not take", async () => {
    expect(await refusal(() => new GpuCluster("my_train", {}))).toMatch(
      /name is "my_train", but must be 1 to 30 letters/,
    );
  });

  test("several faults in one go, before anything is registered", async () => {
    const args = { ...pool({ perNode: 3, diskSizeGiB: 1 }), apiAccessCidrs: ["0.0.0.0/0"], logRetentionDays: 2 };
    const message = await refusal(() => new GpuCluster("train", args));
    for (const path of ["pools[0].perNode", "pools[0].diskSizeGiB", "apiAccessCidrs[0]", "logRetentionDays"])
      expect(message).toContain(`${path} is `);
  });
});
