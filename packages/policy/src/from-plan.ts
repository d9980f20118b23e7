import { hidden, PlanView, type Props, type Resource, unknown, type Value } from "./view";

/** The part of a plan file (`aistack/plan/v1`) that is judged. */
export interface PlanFile {
  readonly resources: readonly PlanFileResource[];
}

export interface PlanFileResource {
  readonly urn: string;
  readonly type: string;
  readonly name: string;
  readonly parent?: string;
  readonly read: boolean;
  readonly inputs: object;
  readonly outputs: object;
  readonly propertyDependencies: Readonly<Record<string, readonly string[]>>;
  readonly protect: boolean;
  readonly retainOnDelete: boolean;
}

/** What the checks see of a plan file. What is only read is somebody else's, and left out. */
export function viewOfPlan({ resources }: PlanFile): PlanView {
  const own = resources.filter(({ read }) => !read);
  return new PlanView(own.map(resourceOf), true);
}

function resourceOf(resource: PlanFileResource): Resource {
  const { urn, type, name, parent, protect, retainOnDelete, propertyDependencies } = resource;
  const inputs = asValue(resource.inputs) as Props;
  const outputs = asValue(resource.outputs) as Props;
  return {
    urn,
    type,
    name,
    ...(parent === undefined ? {} : { parent }),
    // What the program asks for, and beside it what the provider adds.
    props: { ...outputs, ...inputs },
    dependsOn: propertyDependencies,
    protect,
    retainOnDelete,
  };
}

function asValue(value: unknown): Value {
  if (Array.isArray(value)) return value.map(asValue);
  if (typeof value !== "object" || value === null) return value as Value;
  if ("$secret" in value) return hidden;
  if ("$unknown" in value) return unknown;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asValue(item)]));
}
