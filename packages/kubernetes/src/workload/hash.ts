import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";

/** Changes when one of the texts does, so that pods restart with the new ones. A secret if one of them is. */
export function contentHash(...texts: pulumi.Input<string | undefined>[]): pulumi.Output<string> {
  return pulumi.all(texts).apply((all) => createHash("sha256").update(JSON.stringify(all)).digest("hex"));
}
