/** What the whole internet could connect to. */
import { type Check, type Finding, fact, isTrue, judged } from "../finding";
import { entryOf, listAt, type Resource, type Value, valueAt } from "../view";

const everywhere: readonly (Value | undefined)[] = ["0.0.0.0/0", "::/0", "*"];

const includesEverywhere = (value: Value | undefined) =>
  [value ?? []].flat().some((range) => everywhere.includes(range as Value));

export const noPublicEndpoint: Check = (plan) => [
  ...plan.ofType("aws:eks/cluster:Cluster").map(eksApi),
  ...plan.ofType("gcp:container/cluster:Cluster").map(gkeApi),
  ...plan
    .ofType("aws:ec2/securityGroup:SecurityGroup")
    .flatMap((group) =>
      listAt(group.props, "ingress").map((rule, index) =>
        judged(
          { resource: group, path: `ingress[${index}]`, value: rule },
          () => !["cidrBlocks", "ipv6CidrBlocks"].some((key) => includesEverywhere(valueAt(rule, key))),
          "lets the whole internet in; name the ranges",
        ),
      ),
    ),
  ...plan
    .ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    .map((rule) => opened(rule, ["cidrIpv4", "cidrIpv6"])),
  ...plan
    .ofType("aws:ec2/securityGroupRule:SecurityGroupRule")
    .filter(({ props }) => props.type === "ingress")
    .map((rule) => opened(rule, ["cidrBlocks", "ipv6CidrBlocks"])),
  ...plan
    .ofType("gcp:compute/firewall:Firewall")
    .filter(({ props }) => props.direction !== "EGRESS" && listAt(props, "allows").length > 0)
    .map((rule) => opened(rule, ["sourceRanges"])),
  ...plan
    .ofType("aws:rds/instance:Instance", "aws:rds/clusterInstance:ClusterInstance")
    .map((database) =>
      judged(
        fact(database, "publiclyAccessible"),
        (value) => !isTrue(value),
        "has a public address; set publiclyAccessible to false",
      ),
    ),
  ...plan
    .ofType("aws:lb/loadBalancer:LoadBalancer")
    .map((balancer) => judged(fact(balancer, "internal"), isTrue, "answers the internet; set internal")),
  ...plan.ofType("kubernetes:core/v1:Service").filter(isLoadBalancer).map(serviceFinding),
];

function opened(rule: Resource, keys: string[]): Finding {
  const key = keys.find((one) => includesEverywhere(rule.props[one])) ?? (keys[0] as string);
  return judged(fact(rule, key), (value) => !includesEverywhere(value), "lets the whole internet in; name the ranges");
}

function eksApi(cluster: Resource): Finding {
  const config = fact(cluster, "vpcConfig");
  const isPublic = valueAt(config.value, "endpointPublicAccess") !== false;
  if (!isPublic) return judged({ ...config, path: "vpcConfig.endpointPublicAccess", value: false }, () => true, "");
  const ranges = fact(cluster, "vpcConfig.publicAccessCidrs");
  return judged(
    ranges,
    (value) => Array.isArray(value) && value.length > 0 && !includesEverywhere(value),
    "has an API that the whole internet reaches; set endpointPublicAccess to false or name publicAccessCidrs",
  );
}

function gkeApi(cluster: Resource): Finding {
  const isPrivate = fact(cluster, "privateClusterConfig.enablePrivateEndpoint");
  if (isTrue(isPrivate.value)) return judged(isPrivate, isTrue, "");
  const ranges = fact(cluster, "masterAuthorizedNetworksConfig.cidrBlocks");
  return judged(
    ranges,
    (value) => Array.isArray(value) && !value.some((block) => includesEverywhere(valueAt(block, "cidrBlock"))),
    "has an API that the whole internet reaches; set enablePrivateEndpoint or name masterAuthorizedNetworksConfig",
  );
}

function isLoadBalancer({ props }: Resource): boolean {
  return valueAt(props, "spec.type") === "LoadBalancer";
}

/** Annotations by which clouds make a load balancer of the network only. */
const internal: Readonly<Record<string, string>> = {
  "networking.gke.io/load-balancer-type": "Internal",
  "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
  "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
};

function serviceFinding(service: Resource): Finding {
  const annotations = valueAt(service.props, "metadata.annotations");
  const isInternal = Object.entries(internal).some(([key, value]) => entryOf(annotations, key) === value);
  if (isInternal) return judged(fact(service, "metadata.annotations"), () => true, "");
  return judged(
    fact(service, "spec.loadBalancerSourceRanges"),
    (value) => Array.isArray(value) && value.length > 0 && !includesEverywhere(value),
    "answers the whole internet; name loadBalancerSourceRanges, or make the load balancer internal",
  );
}
