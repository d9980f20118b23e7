import { getSubnetOutput } from "@pulumi/aws/ec2";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type NetworkBinding } from "aistack-core";
import type { PoolPlan } from "./pools";

/** Subnets that the nodes of a pool are put into. */
export function subnetsOf(
  plan: PoolPlan,
  network: pulumi.Input<NetworkBinding>,
  parent: pulumi.Resource,
): pulumi.Output<string[]> {
  const ids = bindingField(network, "privateSubnetIds");
  const { zones, path } = plan;
  // Nodes that are placed close together are in one zone.
  if (!zones) return plan.efaInterfaces > 0 ? ids.apply((all) => all.slice(0, 1)) : ids;
  return pulumi.all([ids, zonesOf(network, ids, parent)]).apply(([all, zoneOf]) => {
    const missing = zones.filter((zone) => !zoneOf.includes(zone));
    if (missing.length === 0) return all.filter((_, index) => zones.includes(zoneOf[index] as string));
    throw new pulumi.InputPropertyError({
      propertyPath: `${path}.zones`,
      reason: `${path}.zones names ${missing.join(", ")}, but the cluster's network is in ${[...new Set(zoneOf)].join(", ")}; choose among them`,
    });
  });
}

/** Zones of the private subnets; those of a network that does not name them are asked for. */
function zonesOf(
  network: pulumi.Input<NetworkBinding>,
  ids: pulumi.Output<string[]>,
  parent: pulumi.Resource,
): pulumi.Output<string[]> {
  const named = bindingField(network, "privateSubnetZones");
  return pulumi
    .all([named, ids])
    .apply(([zones, all]) =>
      zones ? pulumi.output(zones) : pulumi.all(all.map((id) => getSubnetOutput({ id }, { parent }).availabilityZone)),
    );
}
