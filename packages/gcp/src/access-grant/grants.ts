import { IAMMember } from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";
import type { AccessRule, Checks } from "aistack-core";
import { accessRule, conditionOf } from "./rules";

/** One role on some things: one binding of IAM. */
export interface Grant {
  role: string;
  resources: string[];
}

/** The bindings that rules make. Where a rule or the list is still to come, it has to make one. */
export function grantsOf(check: Checks, access: pulumi.Input<pulumi.Input<AccessRule>[]>): pulumi.Input<Grant>[] {
  if (!Array.isArray(access)) {
    const rules = check.value("access", access as pulumi.Input<AccessRule[]>, (list) => faultOf(list, true));
    return [pulumi.output(rules).apply(merged)];
  }
  if (access.length === 0) check.fault("access", "is [], but must have 1 rule or more");
  return access.flatMap((rule, index): pulumi.Input<Grant>[] => {
    const isPlain = !pulumi.Output.isInstance(rule) && !(rule instanceof Promise);
    const checked = check.value(`access[${index}]`, rule, (own) => faultOf([own], !isPlain));
    if (!isPlain) return [pulumi.output(checked).apply((own) => merged([own]))];
    const { actions, resources } = rule as AccessRule;
    return (actions ?? []).map((role) => ({ role, resources }));
  });
}

function faultOf(rules: AccessRule[], isLate: boolean): string | undefined {
  if (rules.length === 0) return "must have 1 rule or more";
  const fault = rules.map(accessRule).find(Boolean);
  const roles = new Set(rules.flatMap((rule) => rule.actions));
  if (fault !== undefined || !isLate || roles.size === 1) return fault;
  return `has the roles ${[...roles].join(" and ")}, where a preview can count on one; make one AccessGrant for each`;
}

function merged(rules: AccessRule[]): Grant {
  return { role: rules[0]?.actions[0] as string, resources: [...new Set(rules.flatMap((rule) => rule.resources))] };
}

/** Gives somebody the roles on the things alone that the rules name: `${name}-1` and so on. */
export function bindGrants(
  name: string,
  grants: pulumi.Input<Grant>[],
  { project, member }: { project: pulumi.Input<string>; member: pulumi.Input<string> },
  opts: pulumi.CustomResourceOptions,
): IAMMember[] {
  return grants.map(
    (grant, index) =>
      new IAMMember(
        `${name}-${index + 1}`,
        {
          project,
          role: pulumi.output(grant).apply((own) => own.role),
          member,
          condition: {
            title: `aistack ${name}`.slice(0, 100),
            description: "The things that the access was granted to, and no others of the project",
            expression: pulumi.output(grant).apply((own) => conditionOf(own.resources)),
          },
        },
        opts,
      ),
  );
}
