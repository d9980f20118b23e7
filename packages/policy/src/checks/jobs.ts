/** Jobs of SageMaker's pipelines, which the definition of the pipeline describes as the calls that make them. */
import { type Finding, fact, isSet, isTrue, judged } from "../finding";
import { listAt, type PlanView, type Resource, type Value, valueAt } from "../view";

/** A job, and the pipeline that makes it. */
interface Job {
  readonly pipeline: Resource;
  readonly name: string;
  /** The request, or what many requests of a search have in common. */
  readonly request: Value | undefined;
}

function jobsOf(plan: PlanView): Job[] {
  return plan.ofType("aws:sagemaker/pipeline:Pipeline").flatMap((pipeline) => {
    const definition = fact(pipeline, "pipelineDefinition").value;
    if (typeof definition !== "string") return [];
    return stepsOf(listAt(JSON.parse(definition) as Value, "Steps")).flatMap((step): Job[] => {
      const name = String(valueAt(step, "Name"));
      const request = valueAt(step, "Arguments");
      const type = valueAt(step, "Type");
      if (type === "Tuning") return [{ pipeline, name, request: valueAt(request, "TrainingJobDefinition") }];
      return type === "Processing" || type === "Training" ? [{ pipeline, name, request }] : [];
    });
  });
}

/** Steps inside conditions among them. */
function stepsOf(steps: readonly Value[]): Value[] {
  return steps.flatMap((step) => [
    step,
    ...stepsOf(listAt(step, "Arguments.IfSteps")),
    ...stepsOf(listAt(step, "Arguments.ElseSteps")),
  ]);
}

/** Whether what machines of a job tell one another is encrypted. */
export function jobsInTransit(plan: PlanView): Finding[] {
  return jobsOf(plan).map(({ pipeline, name, request }) => {
    const member = "EnableInterContainerTrafficEncryption";
    const value = valueAt(request, member) ?? valueAt(request, `NetworkConfig.${member}`);
    const path = `pipelineDefinition.${name}.${member}`;
    return judged(
      { resource: pipeline, path, value },
      isTrue,
      `talks between its machines without encryption; set ${member}`,
    );
  });
}

/** Whether what jobs put out is encrypted with a key of one's own. Disks of machines are their own affair: some take no key. */
export function jobsAtRest(plan: PlanView): Finding[] {
  return jobsOf(plan).flatMap(({ pipeline, name, request }) =>
    ["ProcessingOutputConfig", "OutputDataConfig"]
      .filter((member) => valueAt(request, member) !== undefined)
      .map((member) => {
        const path = `pipelineDefinition.${name}.${member}.KmsKeyId`;
        const value = valueAt(request, `${member}.KmsKeyId`);
        const reason = "writes with no key that you control; name one in KmsKeyId";
        return judged({ resource: pipeline, path, value }, isSet, reason);
      }),
  );
}
