/** Ranges of a network: of nodes and load balancers, of pods, and of services. */
export interface NetworkAddresses {
  nodes: string;
  pods: string;
  services: string;
}

/**
 * Half of the network is for pods, since each node takes 256 addresses for them; a quarter is for nodes and internal
 * load balancers, a sixteenth for services, and the rest stays free.
 */
export function networkAddresses(vpcCidr: string): NetworkAddresses {
  const prefix = Number(vpcCidr.split("/")[1]);
  const start = startOf(vpcCidr);
  const size = 2 ** (32 - prefix);
  const range = (offset: number, share: number) => `${dotted(start + offset)}/${prefix + Math.log2(share)}`;
  return { nodes: range(0, 4), services: range(size / 4, 16), pods: range(size / 2, 2) };
}

/** True if a range starts where its prefix says that it can. */
export function isAligned(cidr: string): boolean {
  return startOf(cidr) % 2 ** (32 - Number(cidr.split("/")[1])) === 0;
}

function startOf(cidr: string): number {
  const [address = ""] = cidr.split("/");
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256).join(".");
}
