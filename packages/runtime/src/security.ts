import type { types } from "@pulumi/kubernetes";

/** User and group of all containers: none that a node has, so that an escape from a container owns nothing there. */
const user = 10001;

/** Security context of a pod that satisfies the Pod Security Standard `restricted`. */
export const restrictedPod: types.input.core.v1.PodSecurityContext = {
  runAsNonRoot: true,
  runAsUser: user,
  runAsGroup: user,
  fsGroup: user,
  // Large volumes make a recursive change of owner at every start slow.
  fsGroupChangePolicy: "OnRootMismatch",
  seccompProfile: { type: "RuntimeDefault" },
};

/** Security context of a container that satisfies `restricted` and writes to its volumes only. */
export const restrictedContainer: types.input.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
