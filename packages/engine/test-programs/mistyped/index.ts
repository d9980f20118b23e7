import * as pulumi from "@pulumi/pulumi";

const size: number = "large";
export const value = pulumi.output(size);
