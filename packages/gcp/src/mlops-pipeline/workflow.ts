import { personSteps } from "./approval-steps";
import * as defaults from "./defaults";
import { parameters } from "./names";
import { assign, authenticated, ex, retried, type Step, when } from "./steps";

/** What the workflow of a pipeline is made from, once it is known. */
export interface WorkflowFacts {
  /** Beginning of the ids of runs. */
  name: string;
  project: string;
  region: string;
  bucket: string;
  /** Name of the object with the stages, where a person is asked with those from the approval on. */
  job: string;
  /** Name of the object with the stages before, where a person is asked. */
  jobBefore?: string;
  /** Seconds between two looks at a run. */
  lookSeconds: number;
  /** How long a person may take, and where it is recorded who answered. */
  person?: { hours: number; view: string };
  /** Beginning of the names of objects that start a run, and the seconds in which they start one together. */
  data?: { prefix: string; seconds: number };
  /** Names of alert policies that start a run. */
  drift?: { alerts: string[] };
}

const storage = "https://storage.googleapis.com/storage/v1/b";

/**
 * The workflow that all triggers start: makes a run of Vertex AI Pipelines and waits for its end; where a person is asked, it
 * waits for the answer between two. https://cloud.google.com/workflows/docs/reference/syntax
 */
export function workflowSource(facts: WorkflowFacts): string {
  const { job, jobBefore, person, data, drift } = facts;
  const answer = person && { [parameters.answer]: ex("answer"), [parameters.approver]: ex("approver") };
  return JSON.stringify({
    main: {
      params: ["event"],
      steps: [
        assign("name_run", { run: ex('"run-" + sys.get_env("GOOGLE_CLOUD_WORKFLOW_EXECUTION_ID")'), type: "" }),
        when("read_event", ex('get_type(event) == "map"'), [
          assign("read_type", { type: ex('default(map.get(event, "type"), "")') }),
        ]),
        ...(data ? [dataSteps(data)] : []),
        ...(drift ? [driftSteps(drift.alerts)] : []),
        ...(jobBefore === undefined ? [] : runPart("before_approval", jobBefore, ex("run"))),
        ...(person ? personSteps(person) : []),
        ...runPart("stages", job, jobBefore === undefined ? ex("run") : ex('run + "-rest"'), answer),
        { end_run: { return: ex("run") } },
      ],
    },
    run_part: { params: ["object", "id", "values"], steps: partSteps(facts) },
  });
}

/** Makes a run and waits for it; ends where the same one was made before. */
function runPart(name: string, object: string, id: string, values: { [name: string]: string } = {}): Step[] {
  return [
    {
      [name]: {
        call: "run_part",
        args: { object, id, values: { [parameters.run]: ex("run"), ...values } },
        result: "outcome",
      },
    },
    { [`${name}_made`]: { switch: [{ condition: ex('outcome == "exists"'), return: ex("run") }] } },
  ];
}

/** New objects within some minutes are one run, which is made when these are over. */
function dataSteps({ prefix, seconds }: NonNullable<WorkflowFacts["data"]>): Step {
  return when("on_object", ex('type == "google.cloud.storage.object.v1.finalized"'), [
    {
      is_wanted: {
        switch: [
          {
            condition: `\${not(text.match_regex(event.data.name, ${JSON.stringify(`^${escaped(prefix)}`)}))}`,
            return: ex("event.data.name"),
          },
        ],
      },
    },
    assign("find_window", { window: ex(`int(sys.now() / ${seconds})`) }),
    assign("name_window", { run: ex('"data-" + string(window)') }),
    { wait_for_more: { call: "sys.sleep", args: { seconds: ex(`(window + 1) * ${seconds} - sys.now()`) } } },
  ]);
}

/** An alert that opens is one run, however often it is told of. https://cloud.google.com/monitoring/support/notification-options#pubsub */
function driftSteps(alerts: string[]): Step {
  return when("on_alert", ex('type == "google.cloud.pubsub.topic.v1.messagePublished"'), [
    assign("read_alert", {
      told: ex("json.decode(base64.decode(event.data.message.data))"),
      incident: ex("told.incident"),
      alerts,
    }),
    {
      is_drift: {
        switch: [
          {
            condition: ex('not(incident.policy_name in alerts) or incident.state != "open"'),
            return: ex("incident.policy_name"),
          },
        ],
      },
    },
    assign("name_alert", {
      run: ex('"drift-" + text.replace_all(text.to_lower(incident.incident_id), ".", "-")'),
    }),
  ]);
}

/** Makes one run of Vertex AI Pipelines of an object, and waits for its end. */
function partSteps({ name, bucket, lookSeconds, project, region }: WorkflowFacts): Step[] {
  const jobs = `https://${region}-aiplatform.googleapis.com/v1/projects/${project}/locations/${region}/pipelineJobs`;
  return [
    {
      read_job: {
        try: {
          call: "http.get",
          args: {
            url: ex(`"${storage}/${bucket}/o/" + text.url_encode(object)`),
            query: { alt: "media" },
            ...authenticated,
          },
          result: "read",
        },
        retry: retried,
      },
    },
    assign("set_values", {
      job: ex("read.body"),
      "job.runtimeConfig.parameterValues": ex("values"),
      job_id: ex(`"${name}-" + id`),
    }),
    {
      create_job: {
        try: {
          call: "http.post",
          args: { url: jobs, query: { pipelineJobId: ex("job_id") }, body: ex("job"), ...authenticated },
        },
        except: {
          as: "e",
          steps: [
            { is_there: { switch: [{ condition: ex('default(map.get(e, "code"), 0) == 409'), return: "exists" }] } },
            { is_fault: { raise: ex("e") } },
          ],
        },
      },
    },
    {
      look: {
        try: {
          call: "http.get",
          args: { url: ex(`"${jobs}/" + job_id`), query: { fields: "state,error" }, ...authenticated },
          result: "seen",
        },
        retry: retried,
      },
    },
    { is_done: { switch: [{ condition: ex('seen.body.state == "PIPELINE_STATE_SUCCEEDED"'), return: "done" }] } },
    when("is_over", ex('seen.body.state == "PIPELINE_STATE_FAILED" or seen.body.state == "PIPELINE_STATE_CANCELLED"'), [
      {
        tell: {
          raise: {
            message: ex('"The run " + job_id + " of Vertex AI Pipelines has ended as " + seen.body.state'),
            error: ex('default(map.get(seen.body, "error"), "")'),
          },
        },
      },
    ]),
    { wait: { call: "sys.sleep", args: { seconds: lookSeconds }, next: "look" } },
  ];
}

/** Text as part of a regular expression (RE2). */
function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Seconds between two looks, so that a run as long as its stages may take together does not run out of steps. */
export function lookSecondsFor(minutes: number): number {
  return Math.max(defaults.lookSeconds, Math.ceil((minutes * 60 * defaults.stepsPerLook) / (defaults.mostSteps * 0.9)));
}
