/**
 * AWS regions: the short code and number of each availability zone, and the letters of their names, in the form that
 * docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html describes. Which zones an account
 * sees, and under which letter, is AWS's choice; the rows were not checked against an account. An answers file wins.
 */
const ZONES: Readonly<Record<string, readonly [code: string, letters: string, numbers: string]>> = {
  "af-south-1": ["afs1", "abc", "123"],
  "ap-east-1": ["ape1", "abc", "123"],
  "ap-northeast-1": ["apne1", "acd", "124"],
  "ap-northeast-2": ["apne2", "abcd", "1234"],
  "ap-northeast-3": ["apne3", "abc", "123"],
  "ap-south-1": ["aps1", "abc", "123"],
  "ap-south-2": ["aps2", "abc", "123"],
  "ap-southeast-1": ["apse1", "abc", "123"],
  "ap-southeast-2": ["apse2", "abc", "123"],
  "ap-southeast-3": ["apse3", "abc", "123"],
  "ap-southeast-4": ["apse4", "abc", "123"],
  "ap-southeast-5": ["apse5", "abc", "123"],
  "ca-central-1": ["cac1", "abd", "124"],
  "ca-west-1": ["caw1", "abc", "123"],
  "cn-north-1": ["cnn1", "abd", "124"],
  "cn-northwest-1": ["cnnw1", "abc", "123"],
  "eu-central-1": ["euc1", "abc", "123"],
  "eu-central-2": ["euc2", "abc", "123"],
  "eu-north-1": ["eun1", "abc", "123"],
  "eu-south-1": ["eus1", "abc", "123"],
  "eu-south-2": ["eus2", "abc", "123"],
  "eu-west-1": ["euw1", "abc", "123"],
  "eu-west-2": ["euw2", "abc", "123"],
  "eu-west-3": ["euw3", "abc", "123"],
  "il-central-1": ["ilc1", "abc", "123"],
  "me-central-1": ["mec1", "abc", "123"],
  "me-south-1": ["mes1", "abc", "123"],
  "mx-central-1": ["mxc1", "abc", "123"],
  "sa-east-1": ["sae1", "abc", "123"],
  "us-east-1": ["use1", "abcdef", "123456"],
  "us-east-2": ["use2", "abc", "123"],
  "us-gov-east-1": ["usge1", "abc", "123"],
  "us-gov-west-1": ["usgw1", "abc", "123"],
  "us-west-1": ["usw1", "ac", "13"],
  "us-west-2": ["usw2", "abcd", "1234"],
};

export interface Zone {
  readonly name: string;
  readonly id: string;
}

/** Undefined for a region that is not in the table. */
export function zonesOf(region: string): readonly Zone[] | undefined {
  const entry = ZONES[region];
  if (entry === undefined) return undefined;
  const [code, letters, numbers] = entry;
  return [...letters].map((letter, index) => ({ name: `${region}${letter}`, id: `${code}-az${numbers[index]}` }));
}

export interface Partition {
  readonly name: string;
  readonly dnsSuffix: string;
  readonly reverseDnsPrefix: string;
}

export function partitionOf(region: string): Partition {
  if (region.startsWith("cn-")) {
    return { name: "aws-cn", dnsSuffix: "amazonaws.com.cn", reverseDnsPrefix: "cn.com.amazonaws" };
  }
  const name = region.startsWith("us-gov-") ? "aws-us-gov" : "aws";
  return { name, dnsSuffix: "amazonaws.com", reverseDnsPrefix: "com.amazonaws" };
}

/** The account that AWS uses in its documentation. */
export const DOCUMENTATION_ACCOUNT = "123456789012";
