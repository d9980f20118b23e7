import * as pulumi from "@pulumi/pulumi";
import type { Rule } from "./checks";
import { controlsOf } from "./compliance/controls";
import type { Regulation } from "./compliance/regulation";
import { Requirement } from "./compliance/requirement";
import { isAdequateRegion } from "./compliance/residency";
import { Platform } from "./platform";

/** A region that data under these regulations may lie in. One that the table does not have is the user's to judge. */
export function residency(platform: Platform, regulations: readonly Regulation[]): Rule<string> {
  const [control] = controlsOf(regulations).filter(({ requirement }) => requirement === Requirement.Residency);
  return (region) => {
    if (control === undefined || isAdequateRegion(platform, region) !== false) return undefined;
    return `${control.article} (${control.regulation}) asks for a region in the European Economic Area or in a country that is adequate for any recipient; choose one, such as ${example[platform]}`;
  };
}

/** The region, once it is known that data under the regulations may lie there; else nothing is made in it. */
export function residentIn(
  region: pulumi.Output<string>,
  platform: Platform,
  regulations: readonly Regulation[] = [],
): pulumi.Output<string> {
  const rule = residency(platform, regulations);
  return region.apply((own) => {
    const fault = rule(own);
    if (fault === undefined) return own;
    const propertyPath = "compliance";
    const reason = `${propertyPath} is ${regulations.join(", ")}, but the provider's region is ${own}: ${fault}`;
    throw new pulumi.InputPropertyError({ propertyPath, reason });
  });
}

const example: Readonly<Partial<Record<Platform, string>>> = {
  [Platform.Aws]: "eu-central-1",
  [Platform.Gcp]: "europe-west3",
};
