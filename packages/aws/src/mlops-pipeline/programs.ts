/** What jobs run and are told, as objects of the bucket. */
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { BucketObjectv2 } from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { after } from "aistack-core";
import { folders, starter } from "./defaults";
import type { Settings } from "./settings";

/** Two folders up both from `src` and from `dist`. */
const starterText = readFileSync(join(__dirname, "../../programs", starter), "utf8");

/**
 * URL of the folder, once everything is in it. A change makes a folder of another name, so that a run that has started goes
 * on with what it started with; folders that were in use stay, as a record of what made which model.
 */
export function programsIn(
  name: string,
  { bucket, settings }: { bucket: pulumi.Input<string>; settings: Settings },
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const text = pulumi.jsonStringify(settings);
  const hash = text.apply((known) => createHash("sha256").update(starterText).update(known).digest("hex").slice(0, 16));
  const folder = pulumi.interpolate`${folders.programs}/${hash}`;
  const object = (suffix: string, file: string, content: pulumi.Input<string>, contentType: string) =>
    new BucketObjectv2(
      `${name}-${suffix}`,
      { bucket, key: pulumi.interpolate`${folder}/${file}`, content, contentType },
      { ...opts, retainOnDelete: true },
    );
  return after(
    pulumi.interpolate`s3://${bucket}/${folder}`,
    object("starter", starter, starterText, "text/x-python"),
    object("settings", "settings.json", text, "application/json"),
  );
}
