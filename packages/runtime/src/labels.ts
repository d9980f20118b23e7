import * as pulumi from "@pulumi/pulumi";

/** The recommended labels of Kubernetes, for every object that a component makes. */
export function standardLabels(instance: string, application: string, component: string): { [label: string]: string } {
  return {
    ...selectorLabels(instance, component),
    "app.kubernetes.io/name": application,
    "app.kubernetes.io/part-of": "aistack",
    "aistack.dev/environment": pulumi.getStack(),
  };
}

/** The labels that tell the pods of one workload from all others: never change once created. */
export function selectorLabels(instance: string, component: string): { [label: string]: string } {
  return { "app.kubernetes.io/instance": instance, "app.kubernetes.io/component": component };
}
