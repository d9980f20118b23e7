import * as pulumi from "@pulumi/pulumi";
import {
  type Binding,
  bindingField,
  frameworkImage,
  limitedName,
  PipelineProgram,
  programCommand,
  StageKind,
  type StagePlan,
  stageCommand,
  stageEnvironment,
} from "aistack-core";
import type { Place } from "../shared/place";
import type { PipelinePlan } from "./args";
import { credentialsOf, environmentOf } from "./credentials";
import * as defaults from "./defaults";
import type { SpecFacts } from "./spec";
import { folders, publisher, sharedFolder, starter } from "./store";

/** What a specification is made from, with what is still to come. */
export interface SpecParts {
  name: string;
  plan: PipelinePlan;
  place: Place;
  labels: pulumi.Output<{ [key: string]: string }>;
  keyName: pulumi.Output<string>;
  bucket: pulumi.Output<string>;
  programs: pulumi.Output<string>;
  attachment?: pulumi.Output<string>;
  /** E-mail address of the account of the stages. */
  stages: pulumi.Output<string>;
}

/** Gathers what the specification of a pipeline is made from, and puts credentials into secrets. */
export function specFacts(parts: SpecParts, opts: pulumi.CustomResourceOptions): pulumi.Output<SpecFacts> {
  const { name, plan, labels, keyName, bucket, programs, attachment, stages: serviceAccount } = parts;
  const common: pulumi.Output<Binding>[] = [...(plan.tracking ? [plan.tracking] : []), ...plan.uses];
  const secretOf = (secret: string, bindings: pulumi.Output<Binding>[]) =>
    bindings.length === 0
      ? []
      : [
          credentialsOf(
            secret,
            bindings,
            { ...parts, member: pulumi.interpolate`serviceAccount:${serviceAccount}` },
            opts,
          ),
        ];
  const secrets = secretOf(`${name}-credentials`, common);
  const stages = plan.stages.map((stage) => {
    const own = (stage.uses ?? []) as pulumi.Output<Binding>[];
    const known = [...secrets, ...secretOf(`${name}-${stage.name}-credentials`, own)];
    const environment = environmentFor(parts, stage, [...common, ...own]);
    const folder = stage.source === undefined ? sharedFolder : stage.name;
    const base = {
      plan: bare(stage),
      image: imageOf(parts, stage),
      cpu: stage.cpu,
      memory: stage.memory,
      environment,
      secrets: known,
    };
    const program = (of: PipelineProgram) => ({
      ...base,
      image: plan.image ?? defaultImage(parts.place),
      command: programs.apply((all) => programCommand(of, `${all}/${sharedFolder}`)),
    });
    return {
      ...base,
      command: commandOf(parts, stage, folder),
      search: stage.search && { draw: program(PipelineProgram.Draw), choose: program(PipelineProgram.Choose) },
    };
  });
  return pulumi.output({
    name,
    serviceAccount,
    keyName,
    attachment,
    labels,
    programs: pulumi.interpolate`${programs}/${sharedFolder}`,
    root: pulumi.interpolate`gs://${bucket}/${folders(name).steps}`,
    starter,
    stages,
  }) as unknown as pulumi.Output<SpecFacts>;
}

/** A stage without what is resolved beside it, or goes into a file. */
function bare({
  image: _image,
  command: _command,
  source: _source,
  uses: _uses,
  environment: _environment,
  ...plan
}: StagePlan) {
  return plan;
}

function commandOf({ plan, programs }: SpecParts, stage: StagePlan, folder: string) {
  const publishes = stage.isBuiltIn && stage.kind === StageKind.Register && plan.tracking === undefined;
  return programs.apply((all) =>
    publishes ? ["python", "-u", `${all}/${folder}/${publisher}`] : stageCommand(stage, `${all}/${folder}`),
  );
}

function environmentFor(
  { name, plan, place, keyName, bucket, stages: serviceAccount }: SpecParts,
  stage: StagePlan,
  bindings: pulumi.Output<Binding>[],
): pulumi.Output<{ [name: string]: string }> {
  const { tracking, dataset, auditEvents } = plan;
  // Buckets are mounted, so that nothing has to be installed to read them.
  const url = dataset && pulumi.output(dataset.url).apply((own) => own.replace(/^gs:\/\//, "/gcs/"));
  const settings = {
    ...plan,
    name,
    dataset: dataset && { ...dataset, url: url as pulumi.Output<string> },
    isDelivered: false,
  };
  const registers = stage.kind === StageKind.Register && tracking === undefined;
  return pulumi
    .all([
      environmentOf(bindings),
      pulumi.output({
        ...stageEnvironment(settings, stage),
        ...(tracking
          ? { MLFLOW_TRACKING_URI: bindingField(tracking, "uri") }
          : { PIPELINE_DIRECTORY: pulumi.interpolate`/gcs/${bucket}/${folders(name).runs}` }),
        ...(stage.kind === StageKind.Approve &&
          auditEvents && {
            OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: pulumi.interpolate`${bindingField(auditEvents, "endpoint")}/v1/logs`,
          }),
        ...(registers && {
          VERTEX_ENDPOINT: pulumi.interpolate`https://${place.region}-aiplatform.googleapis.com`,
          VERTEX_PROJECT: place.project,
          VERTEX_LOCATION: place.region,
          VERTEX_MODEL: pulumi.output(plan.model).apply(asModelId),
          VERTEX_RUNS: pulumi.interpolate`gs://${bucket}/${folders(name).runs}`,
          VERTEX_KEY: keyName,
          VERTEX_SERVICE_ACCOUNT: serviceAccount,
          VERTEX_PREDICTION_IMAGE: imageNear(place, defaults.predictionImage),
        }),
      }),
      stage.environment ?? {},
    ])
    .apply(([used, known, own]) => ({ ...used, ...known, ...own }) as { [name: string]: string });
}

function imageOf({ plan, place }: SpecParts, stage: StagePlan): pulumi.Input<string> {
  const { image, framework, frameworkVersion: version, accelerator } = stage;
  if (image !== undefined) return image;
  if (framework !== undefined) return frameworkImage({ framework, version, accelerator });
  return plan.image ?? defaultImage(place);
}

/**
 * Ids of the Model Registry: 63 lower-case letters, digits, hyphens and underscores, not beginning with a digit.
 * https://cloud.google.com/vertex-ai/docs/reference/rest/v1/projects.locations.models/upload
 */
function asModelId(model: string): string {
  return limitedName(model.toLowerCase().replace(/^(?=\d)/, "m-"), 63);
}

const defaultImage = (place: Place) => imageNear(place, defaults.trainingImage);

/** An image of Google's from the part of the world that the jobs run in. */
function imageNear({ region }: Place, image: string): pulumi.Output<string> {
  return region.apply((own) => {
    const [, registry] = defaults.imageRegistries.find(([prefix]) => own.startsWith(prefix)) as [string, string];
    return `${registry}/${image}`;
  });
}
