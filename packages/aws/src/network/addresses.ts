/** Address ranges of one zone's subnets. */
export interface ZoneAddresses {
  private: string;
  public: string;
}

/**
 * The ranges of the zones in a network: a quarter of the network for the private subnet of each of three zones, since
 * every pod takes an address there, and a sixteenth of the last quarter for each public subnet, which holds load
 * balancers only. A zone's ranges do not depend on how many zones there are, so a third can be added later.
 */
export function zoneAddresses(vpcCidr: string, zone: number): ZoneAddresses {
  const [address = "", prefix = ""] = vpcCidr.split("/");
  const start = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  const size = 2 ** (32 - Number(prefix));
  const range = (offset: number, share: number) => `${dotted(start + offset)}/${Number(prefix) + Math.log2(share)}`;
  return { private: range((size / 4) * zone, 4), public: range((size / 4) * 3 + (size / 64) * zone, 64) };
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((bits) => Math.floor(value / 2 ** bits) % 256).join(".");
}

/** True if a range starts where its prefix says that it can. */
export function isAligned(cidr: string): boolean {
  const [address = "", prefix = ""] = cidr.split("/");
  const start = address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
  return start % 2 ** (32 - Number(prefix)) === 0;
}
