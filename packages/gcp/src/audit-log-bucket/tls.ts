import { Policy } from "@pulumi/gcp/orgpolicy";
import * as pulumi from "@pulumi/pulumi";
import type { Place } from "../shared/place";

/** https://cloud.google.com/storage/docs/org-policy-constraints */
const constraint = "storage.secureHttpTransport";

/**
 * Refuses requests without TLS to all buckets of the project. A bucket has no such setting of its own: Cloud Storage
 * takes requests over plain HTTP that carry a credential, and a policy of the organisation alone forbids it.
 */
export function refusePlainHttp(name: string, { project }: Place, opts: pulumi.CustomResourceOptions): void {
  const parent = pulumi.interpolate`projects/${project}`;
  new Policy(
    name,
    { parent, name: pulumi.interpolate`${parent}/policies/${constraint}`, spec: { rules: [{ enforce: "TRUE" }] } },
    opts,
  );
}
