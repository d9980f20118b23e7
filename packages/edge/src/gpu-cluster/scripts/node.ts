import { word } from "./prelude";

/** Waits until a node is there and takes pods. */
export function waitForNode(node: string): string {
  return `
# The node has registered itself and is ready.
attempt=0
until k3s kubectl get node ${word(node)} >/dev/null 2>&1; do
  attempt=$((attempt + 1))
  [ "$attempt" -lt 60 ] || fail "the node ${node} has not joined; see the journal of k3s there"
  sleep "\${AISTACK_PAUSE:-5}"
done
k3s kubectl wait --for=condition=Ready --timeout=300s node/${node} >/dev/null
`;
}

/**
 * Brings labels and taints of a node to what is wanted: k3s itself sets them once, when the node registers. What an
 * earlier run has set and is no longer wanted is removed; an annotation remembers it.
 */
export function settle(node: string, labels: { [key: string]: string }, taints: string[]): string {
  const wantedLabels = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return `
node=${word(node)}
labels=(${wantedLabels.sort().map(word).join(" ")})
taints=(${[...taints].sort().map(word).join(" ")})
before="$(k3s kubectl get node "$node" -o "jsonpath={.metadata.annotations.aistack\\\\.dev/settled}")"
now=""
for label in "\${labels[@]}"; do
  k3s kubectl label node "$node" --overwrite "$label" >/dev/null
  now="$now label|\${label%%=*}"
done
for taint in "\${taints[@]}"; do
  k3s kubectl taint node "$node" --overwrite "$taint" >/dev/null
  now="$now taint|\${taint%%=*}:\${taint##*:}"
done
for old in $before; do
  case " $now " in *" $old "*) continue ;; esac
  case "$old" in
    "label|"*) k3s kubectl label node "$node" "\${old#*|}-" >/dev/null ;;
    "taint|"*) k3s kubectl taint node "$node" "\${old#*|}-" >/dev/null || true ;;
  esac
done
k3s kubectl annotate node "$node" --overwrite "aistack.dev/settled=\${now# }" >/dev/null
`;
}

/**
 * Moves the pods off a node, then takes the node out of the cluster. From one that does not answer any more, pods are not
 * waited for; the last node of a cluster has nowhere to move them to.
 */
export function drain(node: string): string {
  return `
if k3s kubectl get node ${word(node)} >/dev/null 2>&1; then
  others="$(k3s kubectl get nodes -o name | grep -cvx "node/${node}" || true)"
  state="$(k3s kubectl get node ${word(node)} -o "jsonpath={.status.conditions[?(@.type==\\"Ready\\")].status}")"
  patience=""
  if [ "$state" != "True" ]; then patience="--skip-wait-for-delete-timeout=1"; fi
  if [ "$others" -gt 0 ]; then
    # shellcheck disable=SC2086 # empty means no argument
    k3s kubectl drain ${word(node)} --ignore-daemonsets --delete-emptydir-data --force --timeout=600s $patience
  fi
  k3s kubectl delete node ${word(node)} --wait=false
fi
`;
}
