import * as pulumi from "@pulumi/pulumi";

/** How sensitive what a thing holds is; on every resource that takes tags, for cost, access and audit reports. */
export enum DataClass {
  /** May be published. */
  Public = "public",
  /** For the organisation. */
  Internal = "internal",
  /** For those who need it. */
  Confidential = "confidential",
  /** Personal, medical or payment data. */
  Restricted = "restricted",
}

/** Tags that every component puts on every resource that takes tags; the caller's win. */
export function standardTags(
  type: string,
  dataClass: DataClass,
  own?: pulumi.Input<{ [key: string]: string }>,
): pulumi.Output<{ [key: string]: string }> {
  return pulumi.output(own).apply((tags): { [key: string]: string } => ({
    "aistack:component": type.split(":").at(-1) as string,
    "aistack:environment": pulumi.getStack(),
    "aistack:data-class": dataClass,
    ...tags,
  }));
}
