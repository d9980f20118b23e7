import * as pulumi from "@pulumi/pulumi";
import { type Mirror, mirroredImage } from "aistack-core";
import { release } from "./release";

/** What the runtime of AWS Neuron devices is made from. */
export interface NeuronRuntimeArgs {
  mirror?: pulumi.Input<Mirror | undefined>;
}

const image = "public.ecr.aws/neuron/neuron-device-plugin";

/** AWS's device plugin for Trainium and Inferentia, whose drivers are on the Neuron node images. */
export class NeuronRuntime extends pulumi.ComponentResource {
  constructor(name: string, args: NeuronRuntimeArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-runtime:index:NeuronRuntime", name, {}, opts);
    release(
      `${name}-device-plugin`,
      {
        chart: "neuron",
        release: "neuron",
        // The chart puts the plugin, which needs the host's devices, into this namespace whatever is said here.
        namespace: "kube-system",
        mirror: args.mirror,
        values: (mirror) => ({
          devicePlugin: {
            ...(mirror?.images && { image: { repository: mirroredImage(image, mirror) } }),
            // On every Neuron node whatever its taints: without the plugin the node has no devices to offer.
            tolerations: [{ operator: "Exists" }],
          },
          // Node repair is the platform's, and whole devices need no scheduler of their own.
          npd: { enabled: false },
          scheduler: { enabled: false },
        }),
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
