/** Who a pipeline is in a cloud: the binding of a DeploymentIdentity, from a file or from options. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Io } from "../io";
import { reasonOf, UsageError } from "../usage-error";

export type Cloud = "aws" | "gcp";
export type Service = "github" | "gitlab";

/** What the file of a pipeline says of an identity. Nothing of it is a secret. */
export interface Identity {
  readonly platform: Cloud;
  readonly planIdentity: string;
  readonly deployIdentity: string;
  readonly region: string;
  /** URL of the state. */
  readonly stateUrl: string;
  /** Branches that may deploy. */
  readonly branches?: readonly string[];
  /** GitHub environment that jobs which deploy have to be in. */
  readonly environment?: string;
  /** Service that the tokens come from. */
  readonly provider?: Service;
  /** Google Cloud: name of the workload identity provider. */
  readonly identityProvider?: string;
  /** Google Cloud: project. */
  readonly project?: string;
}

/** Forms of what goes into a file that a shell and two services read: nothing that could be left to fill in. */
const forms: { readonly [field: string]: RegExp } = {
  region: /^[a-z]{2,}(-[a-z]+)*-?[a-z]*\d+$/,
  stateUrl: /^(s3|gs):\/\/[a-z0-9][a-z0-9._/-]*[a-z0-9](\?[A-Za-z0-9=&._-]+)?$/,
  environment: /^[A-Za-z0-9_][A-Za-z0-9._ -]*$/,
  project: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
};

const identities: Readonly<Record<Cloud, { form: RegExp; example: string }>> = {
  aws: {
    form: /^arn:[a-z-]+:iam::\d{12}:role\/[\w+=,.@/-]+$/,
    example: "the ARN of a role such as arn:aws:iam::123456789012:role/pipelines-dev-deploy",
  },
  gcp: {
    form: /^[a-z][a-z0-9-]+@[a-z][a-z0-9-]+\.iam\.gserviceaccount\.com$/,
    example: "the e-mail address of a service account such as pipelines@my-project.iam.gserviceaccount.com",
  },
};

const workloadProvider = /^projects\/\d+\/locations\/global\/workloadIdentityPools\/[a-z0-9-]+\/providers\/[a-z0-9-]+$/;

/** Judges an identity; `where` tells where a field was given. Throws all that is wrong with it at once. */
export function checkIdentity(given: object, service: Service, where: (field: string) => string): Identity {
  const identity = given as { readonly [F in keyof Identity]: unknown };
  const faults: string[] = [];
  const fault = (field: string, wanted: string) => {
    const value = identity[field as keyof Identity];
    faults.push(
      `${where(field)} ${value === undefined ? "is missing" : `is ${JSON.stringify(value)}`}; it must be ${wanted}`,
    );
  };
  const { platform } = identity;
  const cloud = platform === "aws" || platform === "gcp" ? identities[platform] : undefined;
  if (!cloud) fault("platform", "aws or gcp");
  for (const field of ["planIdentity", "deployIdentity"] as const)
    if (cloud && !cloud.form.test(String(identity[field] ?? ""))) fault(field, cloud.example);
  if (!forms.region?.test(String(identity.region ?? ""))) fault("region", "a region such as eu-west-1");
  if (!forms.stateUrl?.test(String(identity.stateUrl ?? "")))
    fault(
      "stateUrl",
      "the bucket that keeps the state, s3://... or gs://..., as a token of Pulumi Cloud would have to be stored",
    );
  if (platform === "gcp") {
    if (!workloadProvider.test(String(identity.identityProvider ?? "")))
      fault(
        "identityProvider",
        "the name of a workload identity provider: projects/<number>/locations/global/workloadIdentityPools/<pool>/providers/<provider>",
      );
    if (!forms.project?.test(String(identity.project ?? ""))) fault("project", "the id of a project");
  }
  if (identity.environment !== undefined && !forms.environment?.test(String(identity.environment)))
    fault("environment", "the name of an environment");
  if (identity.provider !== undefined && identity.provider !== service)
    fault("provider", `${service}, as the pipeline is for it; make an identity for that service`);
  if (faults.length > 0) throw new UsageError(faults.join("\n  "));
  return identity as Identity;
}

/** `--identity`: the file that `pulumi stack output identity --json` makes. */
export async function readIdentity(file: string, service: Service, io: Io, stateUrl?: string): Promise<Identity> {
  const refuse = (reason: string) => new UsageError(`--identity ${file}: ${reason}`);
  const text = await readFile(resolve(io.cwd, file), "utf8").catch((error) => {
    throw refuse(`the file cannot be read (${reasonOf(error)}).`);
  });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw refuse(`the file is no JSON (${error instanceof Error ? error.message : error}).`);
  }
  if (typeof content !== "object" || content === null || Array.isArray(content))
    throw refuse("the file holds no identity: pulumi stack output <name> --json writes one.");
  const stated = stateUrl === undefined ? content : { ...content, stateUrl };
  return checkIdentity(stated, service, (field) => `--identity ${file}: ${field}`);
}
