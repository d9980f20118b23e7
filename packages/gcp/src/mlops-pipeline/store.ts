import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Bucket, BucketObject } from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import { after, PipelineProgram, programFiles, type StagePlan, stageFiles } from "aistack-core";
import type { Place } from "../shared/place";
import * as defaults from "./defaults";

/** Two folders up both from `src/mlops-pipeline` and from `dist/mlops-pipeline`. */
const programs = join(__dirname, "../../programs/mlops-pipeline");

/** Programs of Google Cloud's own, beside those that every platform has. */
export const starter = "start.py";
export const publisher = "publish.py";
const ownFiles = Object.fromEntries(
  ["google_api.py", starter, publisher].map((file) => [file, readFileSync(join(programs, file), "utf8")]),
);

/** Folder of the programs that are not of a stage's own. */
export const sharedFolder = "pipeline";

/** Where a pipeline has what in its bucket, which others may share. */
export const folders = (name: string) => ({
  programs: `${name}/programs`,
  jobs: `${name}/jobs`,
  runs: `${name}/runs`,
  steps: `${name}/steps`,
});

/** The bucket that runs write into, which outlives the pipeline as its models do. */
export function artifactBucket(
  name: string,
  {
    place,
    keyName,
    labels,
  }: { place: Place; keyName: pulumi.Input<string>; labels: pulumi.Input<{ [key: string]: string }> },
  opts: pulumi.CustomResourceOptions,
): Bucket {
  return new Bucket(
    `${name}-artifacts`,
    {
      location: place.region,
      storageClass: "STANDARD",
      uniformBucketLevelAccess: true,
      publicAccessPrevention: "enforced",
      versioning: { enabled: true },
      encryption: { defaultKmsKeyName: keyName },
      lifecycleRules: [
        {
          action: { type: "Delete" },
          condition: { daysSinceNoncurrentTime: defaults.oldVersionDays, withState: "ARCHIVED" },
        },
        { action: { type: "AbortIncompleteMultipartUpload" }, condition: { age: 7 } },
      ],
      forceDestroy: false,
      labels,
    },
    opts,
  );
}

/** Puts the programs into the bucket, in a folder by their content: a run goes on with those that it began with. */
export function uploadPrograms(
  name: string,
  stages: StagePlan[],
  bucket: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const files: { [path: string]: pulumi.Input<string> } = {};
  const put = (folder: string, all: { [file: string]: pulumi.Input<string> }) => {
    for (const [file, content] of Object.entries(all)) files[`${folder}/${file}`] = content;
  };
  put(sharedFolder, ownFiles);
  for (const stage of stages) {
    put(stage.source === undefined ? sharedFolder : stage.name, stageFiles(stage));
    if (stage.search === undefined) continue;
    put(sharedFolder, programFiles(PipelineProgram.Draw));
    put(sharedFolder, programFiles(PipelineProgram.Choose));
  }
  const folder = pulumi
    .output(files)
    .apply((contents) => `${folders(name).programs}/${hashOf(JSON.stringify(Object.entries(contents).sort()))}`);
  const objects = Object.entries(files).map(
    ([path, content]) =>
      new BucketObject(
        `${name}-program-${path.replace(/[^a-z0-9]+/g, "-")}`,
        { bucket, name: pulumi.interpolate`${folder}/${path}`, content, contentType: "text/x-python" },
        opts,
      ),
  );
  return after(pulumi.interpolate`/gcs/${bucket}/${folder}`, ...objects);
}

/** Puts a run as the workflow makes it into the bucket, named by its content; returns the name. */
export function uploadJob(
  name: string,
  folder: string,
  bucket: pulumi.Output<string>,
  content: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const path = content.apply((text) => `${folder}/${hashOf(text)}.json`);
  const object = new BucketObject(name, { bucket, name: path, content, contentType: "application/json" }, opts);
  return after(path, object);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
