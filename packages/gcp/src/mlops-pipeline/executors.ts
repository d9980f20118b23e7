import type { StagePlan } from "aistack-core";
import * as defaults from "./defaults";
import { machineOf } from "./machines";

/** What all stages of a pipeline have in common, once it is known. */
export interface PipelineFacts {
  name: string;
  /** E-mail address of the account that the stages run as. */
  serviceAccount: string;
  keyName: string;
  /** Network attachment that the jobs are connected by. */
  attachment?: string;
  labels: { [key: string]: string };
  /** Folder of the programs, as the mount of Cloud Storage has it. */
  programs: string;
  /** Where Vertex AI keeps what it writes of a run itself. */
  root: string;
  /** Name of the file in `programs` that hands over variables and secrets. */
  starter: string;
}

/** What a stage runs, once it is known. */
export interface StageFacts {
  plan: StagePlan;
  image: string;
  cpu: string;
  memory: string;
  /** Command, without what starts it. */
  command: string[];
  environment: { [name: string]: string };
  /** Versions of secrets that hold further variables. */
  secrets: string[];
}

/** A variable whose value is an input or output of the step, and known when it runs. */
export type Placeholders = { [variable: string]: string };

/** https://www.kubeflow.org/docs/components/pipelines/reference/: what stands for inputs and outputs in arguments. */
export const input = (name: string) => `{{$.inputs.parameters['${name}']}}`;
export const outputFile = (name: string) => `{{$.outputs.parameters['${name}'].output_file}}`;

/** A small container of the pipeline itself: only such a step hands values to later ones. */
export function containerOf(facts: PipelineFacts, stage: StageFacts, placeholders: Placeholders): object {
  const { cpu, memory } = small;
  return {
    container: {
      image: stage.image,
      command: started(facts, stage.secrets, stage.command, placeholders),
      env: pairs(stage.environment),
      resources: {
        cpuLimit: cpu,
        memoryLimit: memory,
        resourceCpuLimit: `${cpu}`,
        resourceMemoryLimit: `${memory}G`,
      },
    },
  };
}

/** What judging metrics and drawing numbers takes: vCPUs, and GB of memory. */
const small = { cpu: 2, memory: 4 };

/** A job of Vertex AI Training, on machines that are chosen for the stage, in its time, on one node or several. */
export function jobOf(facts: PipelineFacts, stage: StageFacts, placeholders: Placeholders): object {
  const { name, serviceAccount, keyName, attachment, labels } = facts;
  const { plan, image, cpu, memory, environment } = stage;
  const pool = (replicas: number) => ({
    machine_spec: machineOf(plan, cpu, memory),
    replica_count: replicas,
    container_spec: {
      image_uri: image,
      command: stage.secrets.length > 0 ? started(facts, stage.secrets, stage.command) : stage.command,
      env: pairs({ ...environment, ...placeholders }),
    },
  });
  const payload = {
    display_name: `${name}-${plan.name}`,
    job_spec: {
      // The first pool has one machine, whatever the number of nodes.
      worker_pool_specs: [pool(1), ...(plan.nodes > 1 ? [pool(plan.nodes - 1)] : [])],
      scheduling: {
        timeout: `${plan.timeoutMinutes * 60}s`,
        // A collective operation does not go on when one of its nodes was lost.
        restart_job_on_worker_restart: plan.nodes > 1,
      },
      service_account: serviceAccount,
      enable_web_access: false,
      ...(attachment !== undefined && { psc_interface_config: { network_attachment: attachment } }),
    },
    labels,
    encryption_spec: { kms_key_name: keyName },
  };
  return {
    container: {
      image: defaults.launcherImage,
      command: ["python3", "-u", "-m", defaults.launcherModule],
      args: [
        "--type",
        "CustomJob",
        "--payload",
        JSON.stringify(payload),
        "--project",
        "{{$.pipeline_google_cloud_project_id}}",
        "--location",
        "{{$.pipeline_google_cloud_location}}",
        "--gcp_resources",
        outputFile("gcp_resources"),
      ],
    },
  };
}

/** The command behind the program that fetches secrets, and sets variables whose values a container cannot be given otherwise. */
function started(
  facts: PipelineFacts,
  secrets: string[],
  command: string[],
  placeholders: Placeholders = {},
): string[] {
  return [
    "python",
    `${facts.programs}/${facts.starter}`,
    ...Object.entries(placeholders).map(([name, value]) => `--variable=${name}=${value}`),
    ...secrets.map((version) => `--secret=${version}`),
    "--",
    ...command,
  ];
}

const pairs = (variables: { [name: string]: string }) =>
  Object.entries(variables).map(([name, value]) => ({ name, value }));
