import * as kubernetes from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import type { StagePlan } from "aistack-core";
import { apiServerEgress } from "aistack-runtime";
import { selectorLabels, standardLabels } from "../workload/labels";
import { dnsEgress } from "../workload/network-policy";
import type { Uses } from "../workload/uses";
import { rayDashboardPort, stageLabel } from "./defaults";

interface StageNetworkArgs {
  namespace: pulumi.Input<string>;
  stages: StagePlan[];
  /** What all stages use. */
  uses: Uses;
  /** What stages use beside that, by their name. */
  ofStage: Map<string, Uses>;
  /** Stages whose pods speak to the API server; undefined for all of them. */
  speakers?: string[];
}

/** Components of pods: those that an orchestrator starts, and those of objects that train. */
export const podComponents = { stage: "stage", training: "training" };

/** Opens to the stages what they use, and to the processes of one stage each other; nothing else. */
export function openForStages(
  name: string,
  { namespace, stages, uses, ofStage, speakers }: StageNetworkArgs,
  opts: pulumi.CustomResourceOptions,
): kubernetes.networking.v1.NetworkPolicy[] {
  const instance = { "app.kubernetes.io/instance": name };
  const policy = (suffix: string, spec: Omit<kubernetes.types.input.networking.v1.NetworkPolicySpec, "policyTypes">) =>
    new kubernetes.networking.v1.NetworkPolicy(
      `${name}-${suffix}-network`,
      {
        metadata: { name: `${name}-${suffix}`, namespace, labels: standardLabels(name, "mlops-pipeline", "stage") },
        spec: { policyTypes: ["Ingress", "Egress"], ...spec },
      },
      opts,
    );
  const everyStage = {
    matchLabels: instance,
    matchExpressions: [{ key: "app.kubernetes.io/component", operator: "In", values: Object.values(podComponents) }],
  };
  return [
    policy("stages", { podSelector: everyStage, egress: uses.egress.apply((used) => [dnsEgress, ...used]) }),
    // Argo's containers report to the API server how a stage ended, and launchers make objects there.
    ...(speakers?.length === 0
      ? []
      : [
          policy("reports", {
            podSelector: {
              matchLabels: selectorLabels(name, podComponents.stage),
              ...(speakers && { matchExpressions: [{ key: stageLabel, operator: "In", values: speakers }] }),
            },
            egress: [apiServerEgress],
          }),
        ]),
    ...[...ofStage].map(([stage, own]) =>
      policy(stage, {
        podSelector: { matchLabels: { ...instance, [stageLabel]: stage } },
        egress: own.egress.apply((used) => [dnsEgress, ...used]),
      }),
    ),
    ...stages
      .filter(({ nodes }) => nodes > 1)
      .map(({ name: stage }) => {
        const peers = { matchLabels: { ...selectorLabels(name, podComponents.training), [stageLabel]: stage } };
        return policy(`${stage}-peers`, {
          podSelector: peers,
          ingress: [
            { from: [{ podSelector: peers }] },
            // KubeRay's operator hands jobs to the head.
            { from: [rayOperator], ports: [{ protocol: "TCP", port: rayDashboardPort }] },
          ],
          egress: [{ to: [{ podSelector: peers }] }],
        });
      }),
  ];
}

const rayOperator = {
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kuberay-operator" } },
};
