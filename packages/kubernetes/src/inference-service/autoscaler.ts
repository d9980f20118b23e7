import type * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { ScalingMetric } from "./args";
import { queueMetric } from "./defaults";
import type { InferenceSettings } from "./settings";

/** Scales the replicas so that the metric holds its target. */
export function autoscalerSpec(
  settings: InferenceSettings,
  replicas: kubernetes.apps.v1.Deployment,
): kubernetes.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec {
  const cpu = {
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization: settings.target } },
  };
  const waiting = {
    type: "Pods",
    pods: {
      metric: { name: queueMetric },
      target: { type: "AverageValue", averageValue: pulumi.output(settings.target).apply(String) },
    },
  };
  return {
    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: replicas.metadata.name },
    minReplicas: settings.minReplicas,
    maxReplicas: settings.maxReplicas,
    metrics: [settings.metric === ScalingMetric.Cpu ? cpu : waiting],
    // A model takes minutes to load: give capacity back slowly.
    behavior: {
      scaleDown: { stabilizationWindowSeconds: 600, policies: [{ type: "Pods", value: 1, periodSeconds: 120 }] },
    },
  };
}
