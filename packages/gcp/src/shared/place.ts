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

function required(setting: string, value: string | undefined): string {
  if (value) return value;
  throw new pulumi.RunError(
    `The Google Cloud provider has no ${setting}. Set it, with \`pulumi config set gcp:${setting} <${setting}>\` or in the provider.`,
  );
}
