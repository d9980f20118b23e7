import type * as pulumi from "@pulumi/pulumi";
import { type DataClass, type Rule, standardTags } from "aistack-core";

/**
 * The standard tags as labels, which is what Google Cloud calls them. A label has lower-case letters, digits, hyphens
 * and underscores only: `aistack:component` becomes `aistack-component`, and `GpuCluster` becomes `gpu-cluster`.
 * https://cloud.google.com/resource-manager/docs/labels-overview
 */
export function labelsOf(
  type: string,
  dataClass: DataClass,
  own?: pulumi.Input<{ [key: string]: string }>,
): pulumi.Output<{ [key: string]: string }> {
  return standardTags(type, dataClass, own).apply(tagLabels);
}

/** Tags in the writing of labels. */
export function tagLabels(tags: { [key: string]: string }): { [key: string]: string } {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [asLabel(key), asLabel(value)]));
}

function asLabel(text: string): string {
  const words = text.replace(/([a-z0-9])([A-Z])/g, "$1-$2").toLowerCase();
  return words.replace(/[^a-z0-9_-]+/g, "-").slice(0, 63);
}

/** Tags that labels can be made of without loss. */
export const tags: Rule<{ [key: string]: string }> = (all) => {
  const keys = Object.keys(all).find((key) => !/^[a-z][a-z0-9_-]{0,62}$/.test(key));
  if (keys !== undefined)
    return `"${keys}" is no key of a Google Cloud label: 1 to 63 lower-case letters, digits, hyphens and underscores, starting with a letter`;
  const [key] = Object.entries(all).find(([, value]) => !/^[a-z0-9_-]{0,63}$/.test(value)) ?? [];
  if (key === undefined) return undefined;
  return `the value of "${key}" is none of a Google Cloud label: 63 lower-case letters, digits, hyphens and underscores at most`;
};
