import * as defaults from "../defaults";
import { taintText } from "../k3s-config";
import type { MachinePlan } from "../machines";
import { bundleFolder } from "./bundle";
import { drain, settle, waitForNode } from "./node";
import { word } from "./prelude";

const { paths } = defaults;

/**
 * Decides on the first server how it comes into the cluster. With a database it is in it. Without one, it joins another
 * server that answers: this machine stands in for one that was lost, and a second cluster of the same name would be a
 * disaster. If none answers, it starts the cluster.
 */
export function bootstrapScript(others: string[]): string {
  return `
if [ -d "$root/var/lib/rancher/k3s/server/db/etcd" ]; then
  say "the database is there"
  exit 0
fi
for server in ${others.map(word).join(" ")}; do
  if timeout 5 bash -c ": </dev/tcp/$server/\${AISTACK_API_PORT:-${defaults.apiPort}}" 2>/dev/null; then
    printf "server: \\"https://%s:${defaults.apiPort}\\"\\n" "$server" | put 0600 ${paths.cluster}
    say "joins $server"
    exit 0
  fi
done
printf "cluster-init: true\\n" | put 0600 ${paths.cluster}
say "starts the cluster"
`;
}

/** The tokens by which others join, in the form that also says which authority the cluster's certificates come from. */
export const tokensScript = `
cat "$root/var/lib/rancher/k3s/server/token" "$root/var/lib/rancher/k3s/server/agent-token"
`;

/** The kubeconfig of the cluster's administrator. */
export const kubeconfigScript = `
cat "$root${paths.kubeconfig}"
`;

/** Run on a server: an agent has joined, with its labels and taints. */
export function memberScript({ name, labels, taints }: MachinePlan): string {
  return `${waitForNode(name)}${settle(name, labels, taints.map(taintText))}say "${name} is ready"\n`;
}

/** Run on a server: an agent leaves. */
export function leaveScript({ name }: MachinePlan): string {
  return `${drain(name)}say "${name} has left"\n`;
}

/** Removes k3s from a machine. A server takes itself out of the cluster first; for an agent, a server has done it. */
export function uninstallScript({ name, role }: MachinePlan, bundlePath?: string): string {
  const uninstall = role === "server" ? "k3s-uninstall.sh" : "k3s-agent-uninstall.sh";
  return `${role === "server" ? `\nif systemctl is-active --quiet k3s; then${indented(drain(name))}fi\n` : ""}
if [ -x "$root/usr/local/bin/${uninstall}" ]; then
  log="$root/var/log/aistack-uninstall.log"
  mkdir -p "$(dirname "$log")"
  "$root/usr/local/bin/${uninstall}" >"$log" 2>&1 || fail "${uninstall} failed; see $log on ${name}"
fi
rm -f "$root${paths.sysctl}"
${bundlePath ? `rm -rf ${bundleFolder(bundlePath)}\n` : ""}say "k3s is removed from ${name}"
`;
}

const indented = (text: string) => text.replaceAll(/\n(?=[^\n])/g, "\n  ");
