import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { standardLabels } from "../workload/labels";

interface AccountsArgs {
  namespace: pulumi.Input<string>;
  /** Whether stages make objects that train. */
  launches: boolean;
  /** Whether a stage brings models into production. */
  delivers: boolean;
  /** Whether containers of the orchestrator report in each pod how its stage ended. */
  reports: boolean;
}

/** Accounts that the pods of stages run as, known once they may do what they have to. */
export interface StageAccounts {
  /** Of the programs: what is granted in clouds is granted to it, and in the cluster it at most reports how a stage ended. */
  programs: pulumi.Output<string>;
  /** Of the pods that make objects which train, and wait for them; no program of a user runs as it. */
  launcher: pulumi.Output<string>;
  /** Of the pod that brings models into production; a DeliveryGrant says to which service. */
  deliverer: pulumi.Output<string>;
}

/** The least that Argo's containers need: https://argo-workflows.readthedocs.io/en/stable/workflow-rbac/ */
const argoReports = { apiGroups: ["argoproj.io"], resources: ["workflowtaskresults"], verbs: ["create", "patch"] };

const launches = [
  ["batch", "jobs"],
  ["trainer.kubeflow.org", "trainjobs"],
  ["ray.io", "rayjobs"],
].map(([group, resource]) => ({
  apiGroups: [group as string],
  resources: [resource as string],
  verbs: ["create", "get", "delete"],
}));

export function stageAccounts(
  name: string,
  { namespace, launches: isLaunching, delivers, reports }: AccountsArgs,
  opts: pulumi.CustomResourceOptions,
): StageAccounts {
  const account = (suffix: string, rules: kubernetes.types.input.rbac.v1.PolicyRule[]) => {
    const metadata = { name: `${name}${suffix}`, namespace, labels: standardLabels(name, "mlops-pipeline", "stage") };
    const made = new kubernetes.core.v1.ServiceAccount(
      `${name}${suffix}-account`,
      { metadata, automountServiceAccountToken: false },
      opts,
    );
    if (rules.length === 0) return made.metadata.name;
    const role = new kubernetes.rbac.v1.Role(`${name}${suffix}-role`, { metadata, rules }, opts);
    const bound = new kubernetes.rbac.v1.RoleBinding(
      `${name}${suffix}-binding`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: made.metadata.name, namespace }],
      },
      opts,
    );
    return after(made.metadata.name, bound);
  };
  const reporting = reports ? [argoReports] : [];
  const programs = account("", reporting);
  return {
    programs,
    launcher: isLaunching ? account("-launcher", [...reporting, ...launches]) : programs,
    deliverer: delivers ? account("-deliverer", reporting) : programs,
  };
}
