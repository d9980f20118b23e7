import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type ChartName, chartPin, type Mirror } from "aistack-core";

/** A chart to install. */
export interface ReleaseSpec {
  /** Row of the table of charts. */
  chart: ChartName;
  /** Name of the release; the names of its objects follow from it. */
  release: string;
  /** Namespace to install it into. */
  namespace: pulumi.Input<string>;
  /** Registries that stand in for the public ones. */
  mirror?: pulumi.Input<Mirror | undefined>;
  /** Values, which name images and so depend on the mirror. */
  values: (mirror: Mirror | undefined) => object;
}

/** Installs a chart as a whole or not at all, and waits until what it brings is ready. */
export function release(
  name: string,
  spec: ReleaseSpec,
  opts: pulumi.CustomResourceOptions,
): kubernetes.helm.v3.Release {
  const mirror = pulumi.output(spec.mirror);
  const pin = mirror.apply((from) => chartPin(spec.chart, from));
  return new kubernetes.helm.v3.Release(
    name,
    {
      name: spec.release,
      namespace: spec.namespace,
      chart: pin.chart,
      version: pin.version,
      repositoryOpts: pin.apply(({ repository }) => (repository === undefined ? {} : { repo: repository })),
      atomic: true,
      // Nodes that are just starting pull large images first; Helm's own five minutes are short for that.
      timeout: 900,
      values: mirror.apply((from) => spec.values(from) as { [key: string]: unknown }),
    },
    opts,
  );
}
