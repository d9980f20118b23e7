/** What pipelines of every service do, in the words of a shell. */
import type { Regulation } from "aistack-core/compliance";
import type { Identity } from "./identity";
import type { PipelineProject } from "./project";

/** A stack, and who deploys it. */
export interface PipelineStack {
  readonly name: string;
  readonly identity: Identity;
}

/** A pipeline, before it is written for a service. */
export interface Pipeline {
  readonly project: PipelineProject;
  /** In the order in which they are deployed. */
  readonly stacks: readonly PipelineStack[];
  /** Branch that is deployed. */
  readonly branch: string;
  readonly compliance: readonly Regulation[];
  /** Command that the program needs before it runs, such as a build. */
  readonly setup?: string;
  /** Whether somebody has to approve before the last stack is deployed. */
  readonly approval: boolean;
}

/** Minutes that a job may take: a session of a cloud ends after an hour. */
export const minutes = { plan: 30, deploy: 60 };

/** A name that ids of jobs and variables take. */
export function slug(name: string): string {
  return name.replace(/[^A-Za-z0-9-]+/g, "-");
}

/** First line of the comment, by which the next run finds it. */
export function marker({ project }: Pipeline): string {
  return `<!-- aistack: ${project.name} -->`;
}

/** Plans a stack; $REPORT is the folder for what is reported. Ends with 3 where a control fails. */
export function planCommand({ compliance }: Pipeline, stack: string): string {
  const regulations = compliance.length > 0 ? ` --compliance ${compliance.join(",")}` : "";
  const files = `--json "$REPORT/plan-${slug(stack)}.json" --markdown "$REPORT/plan-${slug(stack)}.md"`;
  // With --no, npx takes the aistack that the lockfile pins, and no other.
  return `npx --no -- aistack plan . --stack ${stack} ${files}${regulations}`;
}

export function previewCommand(stack: string): string {
  return `pulumi preview --stack ${stack} --non-interactive --color never 2>&1 | tee "$REPORT/preview-${slug(stack)}.txt"`;
}

export function upCommand(stack: string): string {
  return `pulumi up --stack ${stack} --yes --non-interactive --color never`;
}

/** Puts plans and previews of all stacks together as one comment. A preview is text, and no Markdown. */
export function reportCommands(pipeline: Pipeline): string {
  const names = pipeline.stacks.map(({ name }) => slug(name)).join(" ");
  return [
    "{",
    `  echo '${marker(pipeline)}'`,
    `  for stack in ${names}; do`,
    '    cat "$REPORT/plan-$stack.md" || echo "No plan of $stack: see the log."',
    "    printf '\\n<details><summary>pulumi preview of %s</summary>\\n\\n<pre>\\n' \"$stack\"",
    "    tail -c 20000 \"$REPORT/preview-$stack.txt\" | sed 's/&/\\&amp;/g; s/</\\&lt;/g' || true",
    "    printf '</pre></details>\\n\\n'",
    "  done",
    '} > "$REPORT/comment.md"',
  ].join("\n");
}

/** Variables that keep a run of Pulumi quiet and to its stack. */
export function pulumiVariables({ stateUrl }: Identity): { [name: string]: string } {
  return { PULUMI_BACKEND_URL: stateUrl, PULUMI_SKIP_UPDATE_CHECK: "true" };
}
