import * as pulumi from "@pulumi/pulumi";

/**
 * A value that is only ready when the resources are: whoever takes it depends on them, on `up` and, the other way
 * round, on `destroy`. What is known in a preview stays known, because URNs are.
 */
export function after<T>(value: pulumi.Input<T>, ...resources: pulumi.Resource[]): pulumi.Output<T> {
  const ready = pulumi.all(resources.map((resource) => resource.urn));
  return pulumi.all([value as pulumi.Input<unknown>, ready]).apply(([first]) => first as T) as pulumi.Output<T>;
}
