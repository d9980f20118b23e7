import * as pulumi from "@pulumi/pulumi";

export const value = pulumi.output(1;
