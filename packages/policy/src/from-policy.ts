import type { PolicyResource, ResourceValidationArgs } from "@pulumi/policy";
import { PlanView, type Props, type Resource, unknown, type Value } from "./view";

/** What the checks see of one resource before it is made, by its inputs. */
export function viewOfResource({ urn, type, name, props, opts }: ResourceValidationArgs): PlanView {
  const resource: Resource = {
    urn,
    type,
    name,
    ...(opts.parent ? { parent: opts.parent } : {}),
    props: propsOf(props),
    dependsOn: {},
    protect: opts.protect,
  };
  return new PlanView([resource], false);
}

/** What the checks see of a whole stack. */
export function viewOfStack(resources: readonly PolicyResource[]): PlanView {
  return new PlanView(
    resources.map(({ urn, type, name, props, opts, parent, propertyDependencies }) => ({
      urn,
      type,
      name,
      ...(parent === undefined ? {} : { parent: parent.urn }),
      props: propsOf(props),
      dependsOn: Object.fromEntries(
        Object.entries(propertyDependencies).map(([key, from]) => [key, from.map((resource) => resource.urn)]),
      ),
      protect: opts.protect,
    })),
    false,
  );
}

function propsOf(props: Record<string, unknown>): Props {
  return copied(props) as Props;
}

/** Policies get objects that throw where a value is not known yet, and then nothing else of them is judged. */
function copied(value: unknown): Value {
  if (typeof value !== "object" || value === null) return (value ?? null) as Value;
  const read = (key: string): Value => {
    try {
      return copied((value as Record<string, unknown>)[key]);
    } catch (error) {
      if (error instanceof Error && error.constructor.name === "UnknownValueError") return unknown;
      throw error;
    }
  };
  if (Array.isArray(value)) return Object.keys(value).map(read);
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(key)]));
}
