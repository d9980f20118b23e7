import * as pulumi from "@pulumi/pulumi";
import type { Binding } from "./bindings";
import type { Checks } from "./checks";

/** Faults two plain bindings whose names are the same, since their environment variables would overwrite each other. */
export function checkUses(check: Checks, bindings: pulumi.Input<Binding>[]): void {
  const names = bindings.map((binding) => (pulumi.Output.isInstance(binding) ? undefined : (binding as Binding).name));
  names.forEach((name, index) => {
    if (name !== undefined && names.indexOf(name) !== index)
      check.fault(`uses[${index}].name`, `is "${name}" as in uses[${names.indexOf(name)}]; names must differ`);
  });
}
