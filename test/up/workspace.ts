/** A program's directory with a state of its own, in temporary folders: nothing in the repository is written to. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { LocalWorkspace, type Stack } from "@pulumi/pulumi/automation";
import { root } from "../programs";
import type { Subject } from "./subjects";

export interface Workspace {
  readonly stack: Stack;
  remove(): void;
}

export async function workspaceOf(subject: Subject, kubeconfigFile: string): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), "up-"));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const workDir = join(folder, basename(subject.path));
    copyProgram(join(root, subject.path), workDir);
    const state = join(folder, "state");
    mkdirSync(state);
    const envVars = {
      PULUMI_BACKEND_URL: `file://${state}`,
      PULUMI_CONFIG_PASSPHRASE: "made up for this run",
      PULUMI_SKIP_UPDATE_CHECK: "true",
      // A program that forgets its provider must not find this machine's cluster.
      KUBECONFIG: join(folder, "none"),
    };
    const stack = await LocalWorkspace.createStack(
      { stackName: subject.stack, workDir },
      { envVars, secretsProvider: "passphrase" },
    );
    await stack.setConfig(`${subject.project}:kubeconfig`, {
      value: readFileSync(kubeconfigFile, "utf8"),
      secret: true,
    });
    return { stack, remove };
  } catch (error) {
    remove();
    throw error;
  }
}

/** The program's own files, with the packages that are installed beside the original. */
function copyProgram(from: string, to: string): void {
  cpSync(from, to, { recursive: true, filter: (path) => basename(path) !== "node_modules" });
  symlinkSync(join(from, "node_modules"), join(to, "node_modules"));
  const file = join(to, "tsconfig.json");
  const settings = JSON.parse(readFileSync(file, "utf8"));
  settings.extends = join(from, settings.extends);
  writeFileSync(file, JSON.stringify(settings));
}
