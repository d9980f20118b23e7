/** Address range of a network that is created. */
export const vpcCidr = "10.0.0.0/16";

/** Availability zones of a network that is created. */
export const zoneCount = 3;

/**
 * Zones that take no EKS cluster subnets.
 * https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html#network-requirements-subnets
 */
export const zoneIdsWithoutEks = ["cac1-az3", "use1-az3", "usw1-az2"];

/**
 * AWS services that EKS nodes and the controllers on them call: without a way to the internet each needs an endpoint
 * inside the network. https://docs.aws.amazon.com/eks/latest/userguide/private-clusters.html; the last two are
 * Karpenter's, for interruptions and node images.
 */
export const nodeServices = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "logs", "sts", "sqs", "ssm"];

/**
 * Smallest and largest range that three private and three public subnets fit into: AWS takes VPCs from /16 and subnets
 * to /28. https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
 */
export const vpcPrefix = { widest: 16, narrowest: 22 };
