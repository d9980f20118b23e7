import { Cluster } from "@pulumi/gcp/container";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, limitedName, type Mirror, type NetworkBinding } from "aistack-core";
import { ranges } from "../network/defaults";
import type { Place } from "../shared/place";
import { asName } from "../shared/rules";
import * as defaults from "./defaults";
import { Encryption } from "./encryption";
import { NodeAccount } from "./node-account";
import type { ClusterPlan } from "./plan";

/** What a control plane is made from. */
export interface ControlPlaneArgs {
  plan: ClusterPlan;
  network: pulumi.Input<NetworkBinding>;
  /** Whether the network is made for this cluster: its ranges are known then. */
  isOwnNetwork: boolean;
  zones: pulumi.Output<string[]>;
  place: Place;
  labels: pulumi.Output<{ [key: string]: string }>;
  mirror?: Mirror;
}

/** The managed part of the cluster: key, account of the nodes, and API server. */
export class ControlPlane extends pulumi.ComponentResource {
  /** Known before the cluster exists. */
  readonly clusterName: string;
  readonly cluster: Cluster;
  readonly keyName: pulumi.Output<string>;
  /** Account that all nodes run as. */
  readonly nodeAccount: pulumi.Output<string>;

  constructor(name: string, args: ControlPlaneArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:ControlPlane", name, {}, opts);
    const { plan, place, labels } = args;
    const child = { parent: this };
    this.clusterName = limitedName(asName(`${name}-${pulumi.getStack()}`), defaults.nameLength);
    const { deletionProtection } = plan;
    this.keyName = pulumi.output(
      plan.kmsKey ?? new Encryption(`${name}-encryption`, { place, labels, deletionProtection }, child).keyName,
    );
    const { clusterName } = this;
    this.nodeAccount = new NodeAccount(`${name}-nodes`, { clusterName, place, mirror: args.mirror }, child).email;
    this.cluster = new Cluster(
      `${name}-cluster`,
      {
        name: clusterName,
        location: place.region,
        nodeLocations: args.zones,
        deletionProtection,
        ...this.#versions(plan),
        ...networking(args),
        ...access(plan, place),
        ...observation,
        ...this.#defaultNodes(labels),
        databaseEncryption: { state: "ENCRYPTED", keyName: this.keyName },
        addonsConfig: {
          gcePersistentDiskCsiDriverConfig: { enabled: true },
          // Buckets as directories: where models and data sets are.
          gcsFuseCsiDriverConfig: { enabled: true },
          gcpFilestoreCsiDriverConfig: { enabled: true },
          // It brings a kernel module to every node.
          ...(plan.lustre && { lustreCsiDriverConfig: { enabled: true } }),
          // Network policies open name resolution to kube-dns; the cache on the nodes would be another destination.
          dnsCacheConfig: { enabled: false },
        },
        // Only which of the empty nodes go, and when: pools are made here, never by GKE itself.
        clusterAutoscaling: { enabled: false, autoscalingProfile: "OPTIMIZE_UTILIZATION" },
        resourceLabels: labels,
      },
      {
        ...child,
        // They describe nodes that live for minutes. GKE would replace the cluster over a change.
        ignoreChanges: ["initialNodeCount", "nodeConfig"],
        // The name is fixed, so two cannot exist at a time.
        deleteBeforeReplace: true,
      },
    );
    this.registerOutputs({});
  }

  #versions(plan: ClusterPlan) {
    return {
      releaseChannel: { channel: plan.releaseChannel.toUpperCase() },
      minMasterVersion: plan.kubernetesVersion,
      maintenancePolicy: { recurringWindow: defaults.maintenanceWindow },
    };
  }

  /**
   * GKE makes a cluster with a pool of nodes only, which goes at once. For these minutes it is as closed as the others;
   * left to GKE it would run as the project's default account, which many organisations do not have.
   */
  #defaultNodes(labels: pulumi.Input<{ [key: string]: string }>) {
    return {
      removeDefaultNodePool: true,
      initialNodeCount: 1,
      nodeConfig: {
        machineType: "e2-medium",
        diskSizeGb: 20,
        diskType: "pd-balanced",
        bootDiskKmsKey: this.keyName,
        serviceAccount: this.nodeAccount,
        oauthScopes: defaults.nodeScopes,
        shieldedInstanceConfig: { enableSecureBoot: true, enableIntegrityMonitoring: true },
        workloadMetadataConfig: { mode: "GKE_METADATA" },
        resourceLabels: labels,
      },
      enableShieldedNodes: true,
      nodePoolDefaults: {
        nodeConfigDefaults: {
          insecureKubeletReadonlyPortEnabled: "FALSE",
        },
      },
    };
  }
}

function networking({ network, isOwnNetwork }: ControlPlaneArgs) {
  const subnets = bindingField(network, "privateSubnetIds");
  return {
    network: bindingField(network, "networkId"),
    subnetwork: subnets.apply((ids) => ids[0] as string),
    networkingMode: "VPC_NATIVE",
    ipAllocationPolicy: isOwnNetwork
      ? { clusterSecondaryRangeName: ranges.pods, servicesSecondaryRangeName: ranges.services }
      : // GKE adds ranges of its own to a subnet whose ranges are not known here.
        { clusterIpv4CidrBlock: "/14", servicesIpv4CidrBlock: "/20" },
    // Dataplane V2: without it GKE accepts network policies and enforces none.
    datapathProvider: "ADVANCED_DATAPATH",
    dnsConfig: { clusterDns: "KUBE_DNS" },
    enableIntranodeVisibility: true,
    enableL4IlbSubsetting: true,
    serviceExternalIpsConfig: { enabled: false },
  };
}

function access(plan: ClusterPlan, place: Place) {
  const isPublic = plan.apiAccessCidrs.length > 0;
  return {
    privateClusterConfig: { enablePrivateNodes: true, enablePrivateEndpoint: !isPublic },
    masterAuthorizedNetworksConfig: {
      cidrBlocks: plan.apiAccessCidrs.map((cidrBlock) => ({ cidrBlock })),
      // Else every machine of every customer of Google Cloud could call the API.
      gcpPublicCidrsAccessEnabled: false,
    },
    // The DNS endpoint knows no ranges: whoever has a token reaches it from anywhere. It stays closed to the outside.
    controlPlaneEndpointsConfig: {
      dnsEndpointConfig: { allowExternalTraffic: false },
      ipEndpointsConfig: { enabled: true },
    },
    enableLegacyAbac: false,
    anonymousAuthenticationConfig: { mode: "LIMITED" },
    rbacBindingConfig: {
      enableInsecureBindingSystemAuthenticated: false,
      enableInsecureBindingSystemUnauthenticated: false,
    },
    authenticatorGroupsConfig: plan.securityGroup === undefined ? undefined : { securityGroup: plan.securityGroup },
    workloadIdentityConfig: { workloadPool: pulumi.interpolate`${place.project}.svc.id.goog` },
  };
}

const observation = {
  loggingConfig: { enableComponents: defaults.logComponents },
  monitoringConfig: {
    enableComponents: defaults.metricComponents,
    // Collects what a PodMonitoring names, and is billed by that; nothing by itself.
    managedPrometheus: { enabled: true, autoMonitoringConfig: { scope: "NONE" } },
  },
  securityPostureConfig: { mode: "BASIC", vulnerabilityMode: "VULNERABILITY_DISABLED" },
  costManagementConfig: { enabled: true },
};
