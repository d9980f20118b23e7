import { getClientConfigOutput } from "@pulumi/gcp/organizations/getClientConfig";
import { getProjectOutput } from "@pulumi/gcp/organizations/getProject";
import * as pulumi from "@pulumi/pulumi";

/** Where the provider of a component puts things: what names of service agents and principals are made of. */
export interface Place {
  /** Id of the project, such as `my-project`. */
  project: pulumi.Output<string>;
  projectNumber: pulumi.Output<string>;
  region: pulumi.Output<string>;
}

/** Asks the provider that the component's children use. */
export function placeOf(component: pulumi.ComponentResource): Place {
  const opts = { parent: component };
  const client = getClientConfigOutput(opts);
  return {
    project: client.project.apply((project) => required("project", project)),
    projectNumber: getProjectOutput({}, opts).number,
    region: client.region.apply((region) => required("region", region)),
  };
}

/** Zones that are named, once it is known that they are in the region; else nothing is made in them. */
export function inRegion(
  propertyPath: string,
  zones: string[],
  region: pulumi.Output<string>,
  what = "",
): pulumi.Output<string[]> {
  return region.apply((own) => {
    const other = zones.find((zone) => zone.replace(/-[^-]+$/, "") !== own);
    if (other === undefined) return zones;
    const reason = `${propertyPath} names ${other}${what}, but the provider's region is ${own}; name zones of that region, or set gcp:region`;
    throw new pulumi.InputPropertyError({ propertyPath, reason });
  });
}

function required(setting: string, value: string | undefined): string {
  if (value) return value;
  throw new pulumi.RunError(
    `The Google Cloud provider has no ${setting}. Set it, with \`pulumi config set gcp:${setting} <${setting}>\` or in the provider.`,
  );
}
