/** What a call of a cloud's API takes, as the cloud publishes it, in one form for all clouds. */
export interface Shape {
  readonly name: string;
  readonly kind: "structure" | "list" | "map" | "string" | "integer" | "number" | "boolean" | "any";
  /** Of a structure. Functions, since shapes may hold themselves. */
  readonly members?: ReadonlyMap<string, () => Shape>;
  readonly required?: readonly string[];
  /** Of a list or a map. */
  readonly item?: () => Shape;
  /** Of a map. */
  readonly key?: () => Shape;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  /** Smallest number, length of a string, count of a list or map. */
  readonly min?: number;
  readonly max?: number;
}

export interface Models {
  /** The request of a call, or a shape by its name: `eks.CreateCluster`, `ec2.InstanceType`. Throws where there is none. */
  shape(name: string): Shape;
}

export function itemOf({ name, item }: Shape): Shape {
  if (!item) throw new Error(`${name} is no list or map`);
  return item();
}

export function memberOf({ name, members }: Shape, member: string): Shape {
  const found = members?.get(member);
  if (!found) throw new Error(`${name} has no member ${member}`);
  return found();
}

/** The name of a member, whatever case the program's SDK writes it in. */
export function memberNamed(shape: Shape, name: string): string | undefined {
  const members = [...(shape.members?.keys() ?? [])];
  return members.find((member) => member === name) ?? members.find((member) => same(member, name));
}

function same(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
