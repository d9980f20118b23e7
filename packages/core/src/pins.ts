import charts from "./data/charts.json";
import images from "./data/images.json";
import { type Mirror, mirroredImage } from "./mirror";

/** A Helm chart at the version that was read, from `data/charts.json`, where each row names its source. */
export interface ChartPin {
  chart: string;
  version: string;
  /** Repository URL; undefined for charts in an OCI registry, whose `chart` is the whole reference. */
  repository?: string;
}

export type ChartName = keyof typeof charts;
export type ImageName = keyof typeof images;

/** Where to take a chart from: its public home, or the mirror. */
export function chartPin(name: ChartName, mirror?: Mirror): ChartPin {
  const { chart, version, repository } = charts[name] as ChartPin;
  if (!mirror?.charts) return { chart, version, repository };
  return { chart: `${mirror.charts.replace(/\/+$/, "")}/${chart.split("/").at(-1)}`, version };
}

/** A container image at the tag and digest that was read: from its public home, or from the mirror. */
export function imagePin(name: ImageName, mirror?: Mirror): string {
  return mirroredImage(images[name].image, mirror);
}
