import { PulumiCommand } from "@pulumi/pulumi/automation";
import build from "../cluster/build";

/** Looks for the CLI once, as that cannot be awaited where tests are declared; builds the cluster only where there is one. */
export default async function findCli(): Promise<void> {
  const found = await PulumiCommand.get().catch((error: Error) => error);
  if (found instanceof PulumiCommand) {
    process.env.AISTACK_PULUMI_CLI = `${found.version}`;
    await build();
    return;
  }
  const [reason = ""] = found.message.split("\n");
  process.stderr.write(
    `SKIPPED: preview, up, refresh and destroy by the real engine, since there is no Pulumi CLI here (${reason.trim()}).\n` +
      "To run them, put a `pulumi` into PATH whose plugins `kubernetes` and `random` are installed, and Go: npm run test:up\n",
  );
}
