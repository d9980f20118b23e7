import * as pulumi from "@pulumi/pulumi";

class Cluster extends pulumi.ComponentResource {
  constructor(name: string, args: { accelerator: string; nodes: number }) {
    super("acme:index:Cluster", name, args);
    throw new pulumi.InputPropertiesError({
      message: `acme Cluster ${name} cannot be created`,
      errors: [
        { propertyPath: "accelerator", reason: `"${args.accelerator}" is not known; use "l4" or "h100"` },
        { propertyPath: "nodes", reason: `${args.nodes} is too few; use at least 1` },
      ],
    });
  }
}

new Cluster("train", { accelerator: "h999", nodes: 0 });
