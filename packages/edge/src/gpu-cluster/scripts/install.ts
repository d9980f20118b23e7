import type { ClusterPlan } from "../checks";
import * as defaults from "../defaults";
import { admissionConfiguration, auditPolicy, networkPolicies, sysctls } from "../hardening";
import { taintText } from "../k3s-config";
import type { MachinePlan } from "../machines";
import { bundleFolder } from "./bundle";
import { settle, waitForNode } from "./node";
import { putFile, word } from "./prelude";

const { paths } = defaults;

/**
 * Brings a machine to the settings and the release that are wanted, and does nothing where it is so already; k3s is
 * restarted only if something has changed. Standard input: the join token, the agents' token (empty on agents), the
 * key that signs service accounts' tokens (in base64, or empty), and registries.yaml.
 */
export function installScript(
  plan: ClusterPlan,
  machine: MachinePlan,
  { config, certificate }: { config: string; certificate?: string },
): string {
  const service = machine.role === "server" ? "k3s" : "k3s-agent";
  return [
    readSecrets,
    preflight(machine),
    machine === plan.servers[0] ? decided : "",
    "# Kernel parameters that the kubelet asks for.\n",
    putFile("0644", paths.sysctl, sysctls.join("\n")),
    `sysctl -q -p "$root${paths.sysctl}"\n`,
    "\n# Settings.\n",
    putFile("0600", paths.config, config),
    ...(machine.role === "server" ? serverFiles(plan) : []),
    certificate
      ? putFile("0644", paths.registryCertificate, certificate)
      : `rm -f "$root${paths.registryCertificate}"\n`,
    writeSecrets,
    compared(plan.release),
    plan.bundlePath ? fromBundle(plan.bundlePath) : "",
    installed(plan, machine.role, service),
    started(machine.role, service),
    machine.role === "server" ? ready(machine) : "",
    'printf "%s\\n" "$fingerprint" >"$applied"\n',
    `say "k3s $wanted runs on ${machine.name}"\n`,
  ].join("");
}

const readSecrets = `
# Secrets come on standard input: one line each for the tokens and the signing key, then registries.yaml.
IFS= read -r token || fail "the join token is missing on standard input"
IFS= read -r agent_token || true
IFS= read -r signing_key || true
registries="$(cat)"
[ -n "$token" ] || fail "the join token is empty"
`;

function preflight({ gpu, name }: MachinePlan): string {
  return `
command -v systemctl >/dev/null || fail "${name} has no systemd, which runs k3s"
modprobe -a overlay br_netfilter 2>/dev/null || say "kernel modules are not loaded now; k3s tries again"
${
  gpu
    ? `command -v nvidia-smi >/dev/null || fail "${name} is in a GPU pool, but has no NVIDIA driver; install it first"
command -v nvidia-container-runtime >/dev/null || fail "${name} has no nvidia-container-runtime; install the package nvidia-container-toolkit first"
`
    : ""
}
`;
}

/** Without a decision k3s would quietly start a second cluster beside the one that the others are in. */
const decided = `[ -d "$root/var/lib/rancher/k3s/server/db/etcd" ] || [ -f "$root${paths.cluster}" ] ||
  fail "it is not decided whether this server starts the cluster or joins it; run the bootstrap command again: pulumi up --replace <its URN>"
`;

function serverFiles({ podSecurityExemptions }: ClusterPlan): string[] {
  return [
    `mkdir -p "$root$(dirname ${paths.auditLog})"\n`,
    putFile("0600", paths.audit, auditPolicy),
    putFile("0600", paths.admission, admissionConfiguration(podSecurityExemptions)),
    putFile("0600", `${paths.manifests}/aistack-network-policies.yaml`, networkPolicies),
  ];
}

const writeSecrets = `
printf "%s\\n" "$token" | put 0600 ${paths.token}
if [ -n "$agent_token" ]; then printf "%s\\n" "$agent_token" | put 0600 ${paths.agentToken}; fi
if [ -n "$signing_key" ]; then printf "%s" "$signing_key" | base64 -d | put 0600 ${paths.signingKey}; else rm -f "$root${paths.signingKey}"; fi
if [ -n "$registries" ]; then printf "%s\\n" "$registries" | put 0600 ${paths.registries}; else rm -f "$root${paths.registries}"; fi
unset token agent_token signing_key registries
`;

/** What is on the machine: nothing, or a release that is not newer than the one that is wanted. */
function compared(release: string): string {
  return `
version() { "\${1:-k3s}" --version 2>/dev/null | awk "NR == 1 { print \\$3 }" || true; }
newest() { printf "%s\\n%s\\n" "$1" "$2" | sort -V | tail -n 1; }
present="$(version)"
wanted=${word(release)}
if [ -n "$present" ] && [ "$(newest "$present" "$wanted")" != "$wanted" ]; then
  fail "k3s $present is installed, newer than $wanted; Kubernetes does not go back to older versions"
fi
`;
}

/** The binary of the bundle, whose checksum was compared when its images were unpacked. */
function fromBundle(bundlePath: string): string {
  return `
bundle=${bundleFolder(bundlePath)}
case "$(uname -m)" in aarch64 | arm64) binary=k3s-arm64 ;; *) binary=k3s ;; esac
chmod 0755 "$bundle/$binary"
[ "$(version "$bundle/$binary")" = "$wanted" ] || fail "the bundle holds k3s $(version "$bundle/$binary"), but $wanted is wanted"
cmp -s "$bundle/$binary" "$root/usr/local/bin/k3s" || install -D -m 0755 "$bundle/$binary" "$root/usr/local/bin/k3s"
`;
}

const download = `work="$(mktemp -d)"
  finish() { rm -rf "$work"; }
  trap finish EXIT
  installer="$work/install.sh"
  curl -fsSL --retry 5 --proto "=https" --tlsv1.2 -o "$installer" https://get.k3s.io`;

/** k3s and its service, by the installation script of its makers, which compares the checksum of what it downloads. */
function installed({ bundlePath, release }: ClusterPlan, role: string, service: string): string {
  const options = bundlePath
    ? "INSTALL_K3S_SKIP_DOWNLOAD=true INSTALL_K3S_SKIP_SELINUX_RPM=true"
    : `INSTALL_K3S_VERSION=${word(release)}`;
  return `
if [ "$present" != "$wanted" ] || [ ! -f "$root/etc/systemd/system/${service}.service" ]; then
  ${bundlePath ? 'installer="$bundle/install.sh"' : download}
  (
    umask 022
    ${options} INSTALL_K3S_SKIP_START=true sh "$installer" ${role}
  )
  [ "$(version)" = "$wanted" ] || fail "k3s is $(version) after the installation, but $wanted is wanted"
fi
`;
}

function started(role: string, service: string): string {
  const files = [
    ...[paths.config, paths.cluster, paths.token, paths.registries, paths.registryCertificate],
    ...(role === "server" ? [paths.agentToken, paths.signingKey, paths.audit, paths.admission] : []),
  ];
  return `
# A restart, if anything that k3s reads has changed since the last one. Pods keep running meanwhile.
applied="$root/etc/rancher/k3s/.aistack-applied"
fingerprint="$(
  {
    version
    for file in ${files.map(word).join(" ")}; do
      if [ -f "$root$file" ]; then sha256sum <"$root$file"; else say none; fi
    done
  } | sha256sum
)"
if [ "$(cat "$applied" 2>/dev/null)" != "$fingerprint" ] || ! systemctl is-active --quiet ${service}; then
  systemctl enable --quiet ${service}
  systemctl restart ${service}
fi
`;
}

/** The next server is touched only when this one answers again. */
function ready({ name, labels, taints }: MachinePlan): string {
  return `
attempt=0
until k3s kubectl get --raw /readyz >/dev/null 2>&1; do
  attempt=$((attempt + 1))
  [ "$attempt" -lt 60 ] || fail "the Kubernetes API does not answer; see: journalctl --unit k3s"
  sleep "\${AISTACK_PAUSE:-5}"
done
${waitForNode(name)}${settle(name, labels, taints.map(taintText))}`;
}
