import { IAMCustomRole } from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";
import { limitedName } from "aistack-core";

/** A role of the project's own, with these permissions alone. Its id has no hyphens, and 64 characters at most. */
export function customRole(
  name: string,
  title: string,
  permissions: string[],
  opts: pulumi.CustomResourceOptions,
): IAMCustomRole {
  const roleId = limitedName(`${name}-${pulumi.getStack()}`, 64).replace(/[^A-Za-z0-9]+/g, "_");
  return new IAMCustomRole(name, { roleId, title, permissions, stage: "GA" }, opts);
}
