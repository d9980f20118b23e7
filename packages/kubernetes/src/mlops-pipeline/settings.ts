import * as pulumi from "@pulumi/pulumi";
import {
  type ApprovalPlan,
  bindingField,
  Checks,
  checkedApproval,
  checkedRegulations,
  checkedStages,
  checkedTriggers,
  checkUses,
  dnsLabel,
  imagePin,
  listOf,
  matching,
  mirroredImage,
  modelName,
  type PipelineDatasetArgs,
  type PipelineDeliveryArgs,
  type StagePlan,
  type TriggersPlan,
  wholeNumber,
} from "aistack-core";
import { isDelivered } from "../delivery-grant/delivery-grant";
import { checkedAlerts, type PrometheusSettings } from "../workload/prometheus";
import { type AirflowSettings, checkedAirflow } from "./airflow/settings";
import type { MlopsPipelineArgs } from "./args";

/** What the parts of a pipeline are made from: the arguments, checked and with defaults filled in. */
export interface PipelineSettings {
  model: string;
  experiment: pulumi.Input<string>;
  stages: StagePlan[];
  dataset?: PipelineDatasetArgs;
  /** Image of the stages that bring none of their own. */
  image: pulumi.Output<string>;
  approval: ApprovalPlan;
  triggers: TriggersPlan;
  delivery?: DeliveryPlan;
  /** What is installed to run the stages in place of Argo Workflows. */
  airflow?: AirflowSettings;
  historyDays: number;
  alerts?: PrometheusSettings;
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
}

/** Delivery with its defaults. */
export type DeliveryPlan = Required<PipelineDeliveryArgs>;

/** See `nameOf` in training.ts, which makes the longest name of the pipeline's. */
const longestName = 24;

/** Refuses bad arguments, all faults at once, and fills in the defaults. */
export function checkedSettings(type: string, name: string, args: MlopsPipelineArgs): PipelineSettings {
  const check = new Checks(type, name);
  check.existingAlone(args, "compliance");
  check.value("name", name, (text) =>
    text.length > longestName ? `must be of ${longestName} characters or fewer` : dnsLabel(text),
  );
  const compliance = checkedRegulations(check, args.compliance);
  const stages = checkedStages(check, args.stages, args.delivery !== undefined);
  const model = args.model ?? name;
  const settings = {
    model: check.value("model", model, modelName) as string,
    experiment: check.value("experiment", args.experiment ?? model, experimentName),
    stages,
    dataset: args.dataset,
    approval: checkedApproval(check, stages, args.approval, args.existing === undefined ? compliance : []),
    triggers: checkedTriggers(check, args.triggers),
    delivery: checkedDelivery(check, args.delivery),
    airflow: checkedAirflow(check, args),
    historyDays: check.value("historyDays", args.historyDays ?? 14, wholeNumber(1, 365)) as number,
    alerts: checkedAlerts(check, args.alerts),
    clientNamespaces: check.value(
      "clientNamespaces",
      args.clientNamespaces as pulumi.Input<string[]> | undefined,
      listOf(dnsLabel, 1),
    ),
  };
  if (args.existing === undefined) checkPlace(check, args, stages);
  checkUses(check, [...(args.uses ?? []), ...(args.tracking === undefined ? [] : [args.tracking])]);
  check.done();

  const mirror = args.cluster && bindingField(args.cluster, "mirror");
  const image = pulumi
    .all([args.image, mirror])
    .apply(([own, from]) => (own === undefined ? imagePin("mlflow", from) : mirroredImage(own, from)));
  return { ...settings, image };
}

const experimentName = matching(/^\S(.{0,254}\S)?$/, "1 to 256 characters, without spaces around them");

function checkedDelivery(check: Checks, args: PipelineDeliveryArgs | undefined): DeliveryPlan | undefined {
  if (args === undefined) return undefined;
  const { service, canaryMinutes, maximumErrorPercent } = args;
  return {
    service: check.value("delivery.service", service, isDelivered),
    canaryMinutes: check.value("delivery.canaryMinutes", canaryMinutes ?? 10, wholeNumber(1, 1440)) as number,
    maximumErrorPercent: check.value("delivery.maximumErrorPercent", maximumErrorPercent ?? 1, (percent) =>
      typeof percent === "number" && percent >= 0 && percent <= 100 ? undefined : "must be a number from 0 to 100",
    ) as number,
  };
}

function checkPlace(check: Checks, args: MlopsPipelineArgs, stages: StagePlan[]): void {
  if (args.cluster === undefined) check.fault("cluster", "is missing; give the binding of a GpuCluster");
  if (args.tracking === undefined)
    check.fault("tracking", "is missing; give the binding of a TrackingServer, or of an MLflow that exists");
  if (args.triggers?.drift && args.install?.argoWorkflows === false && args.install.argoAuthority === undefined)
    check.fault(
      "install.argoAuthority",
      "is missing, but alerts are sent to the Argo Workflows that the cluster has; give the authority of its certificate",
    );
  if (args.team !== undefined && args.namespace !== undefined)
    check.fault("namespace", "is given together with `team`, which has one; leave one of the two out");
  check.value("namespace", args.namespace, dnsLabel);
  if (args.team === undefined)
    stages.forEach(({ name, accelerator, nodes }) => {
      const what = accelerator === undefined ? `${nodes} nodes` : `accelerators (${accelerator})`;
      if (accelerator !== undefined || nodes > 1)
        check.fault(
          "team",
          `is missing, but the stage "${name}" asks for ${what}, which a queue has to grant as a whole; give a team of the GpuCluster`,
        );
    });
}
