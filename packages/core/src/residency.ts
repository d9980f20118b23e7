import * as pulumi from "@pulumi/pulumi";
import type { Rule } from "./checks";
import { controlsOf } from "./compliance/controls";
import type { Regulation } from "./compliance/regulation";
import { Requirement } from "./compliance/requirement";
import { isAdequateRegion } from "./compliance/residency";
import { Platform } from "./platform";

/** Says why data may not lie in a region. Undefined where nothing limits it. */
export type Residency = Rule<string> | undefined;

/**
 * Where data under these regulations may lie: in the regions that were named, else in those that the regulations let. A region
 * that the table does not have is the user's to judge.
 */
export function residencyOf(platform: Platform, regulations: readonly Regulation[], named?: string[]): Residency {
  if (named)
    return (region) =>
      named.includes(region)
        ? undefined
        : `data may lie in ${named.join(", ")} only; use one of them, or name ${region} in \`allowedRegions\` if the regulations let you`;
  const [control] = controlsOf(regulations).filter(({ requirement }) => requirement === Requirement.Residency);
  if (control === undefined) return undefined;
  return (region) =>
    isAdequateRegion(platform, region) === false
      ? `${control.article} (${control.regulation}) asks for a region in the European Economic Area or in a country that is adequate for any recipient; choose one, such as ${example[platform] ?? example[Platform.Aws]}`
      : undefined;
}

/** The provider's region, once it is known that data may lie there; else nothing is made in it. */
export function residentIn(region: pulumi.Output<string>, residency: Residency): pulumi.Output<string> {
  return region.apply((own) => {
    const fault = residency?.(own);
    if (fault === undefined) return own;
    throw new pulumi.InputPropertyError({
      propertyPath: "compliance",
      reason: `the provider's region is ${own}, but ${fault}`,
    });
  });
}

const example: Readonly<Partial<Record<Platform, string>>> = {
  [Platform.Aws]: "eu-central-1",
  [Platform.Gcp]: "europe-west3",
};
