import { IAMMember } from "@pulumi/gcp/projects";
import * as pulumi from "@pulumi/pulumi";
import {
  type AccessRule,
  after,
  type Binding,
  bindingField,
  Checks,
  type ClusterBinding,
  oneOf,
  Platform,
  type WorkloadIdentity,
} from "aistack-core";
import { metadataServer } from "../shared/metadata-server";
import { placeOf } from "../shared/place";
import { principalOf } from "../shared/principal";
import { componentName } from "../shared/rules";
import { accessRule, conditionOf } from "./rules";

const type = "aistack-gcp:index:AccessGrant";

/** Arguments of AccessGrant. */
export interface AccessGrantArgs {
  /** GKE cluster that the workload runs in, of the provider's project. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Workload that is granted the access: its namespace and service account. */
  identity: pulumi.Input<WorkloadIdentity>;
  /**
   * What is granted, such as `access.read` of a bucket's binding. Each rule that is still to come holds one role, and a
   * list that is still to come holds one role in all: a preview has to know how many bindings there will be.
   */
  access: pulumi.Input<pulumi.Input<AccessRule>[]>;
  /** Project of the things that are granted. Defaults to the provider's. */
  project?: pulumi.Input<string>;
}

/**
 * Lets one workload of a GKE cluster do what access rules allow, through Workload Identity Federation and without any
 * stored key or service account of Google Cloud.
 */
export class AccessGrant extends pulumi.ComponentResource {
  /** The workload as IAM knows it. */
  public readonly principal: pulumi.Output<string>;
  /** For `uses` of the workload: the way to the server on its node that gives it credentials, once it may use them. */
  public readonly binding: pulumi.Output<Binding>;

  constructor(name: string, args: AccessGrantArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const check = new Checks(type, name);
    check.value("name", name, componentName);
    const platform = check.value("cluster.platform", bindingField(args.cluster, "platform"), oneOf([Platform.Gcp]));
    const grants = grantsOf(check, args.access);
    check.done();
    super(type, name, args, opts);

    const place = placeOf(this);
    const principal = principalOf(place, args.identity, platform);

    const bindings = grants.map(
      (grant, index) =>
        new IAMMember(
          `${name}-${index + 1}`,
          {
            project: args.project ?? place.project,
            role: pulumi.output(grant).apply((own) => own.role),
            member: principal,
            condition: {
              title: `aistack ${name}`.slice(0, 100),
              description: "The things that the access was granted to, and no others of the project",
              expression: pulumi.output(grant).apply((own) => conditionOf(own.resources)),
            },
          },
          { parent: this },
        ),
    );
    this.principal = after(principal, ...bindings);
    this.binding = after({ kind: "identity", name, egress: metadataServer }, ...bindings);
    this.registerOutputs({ principal: this.principal, binding: this.binding });
  }
}

/** One role on some things: one binding of IAM. */
interface Grant {
  role: string;
  resources: string[];
}

/** The bindings that rules make. Where a rule or the list is still to come, it has to make one. */
function grantsOf(check: Checks, access: AccessGrantArgs["access"]): pulumi.Input<Grant>[] {
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
