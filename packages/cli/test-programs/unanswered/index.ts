import * as pulumi from "@pulumi/pulumi";

export const network = pulumi.runtime.invoke("acme:index:getNetwork", { name: "shared" });
