import type { types } from "@pulumi/kubernetes";

/**
 * Security context of a pod that satisfies the Pod Security Standard `restricted`.
 * @param user User and group id that the image can run as.
 */
export function restrictedPod(user: number): types.input.core.v1.PodSecurityContext {
  return {
    runAsNonRoot: true,
    runAsUser: user,
    runAsGroup: user,
    fsGroup: user,
    // Large volumes make a recursive change of owner at every start slow.
    fsGroupChangePolicy: "OnRootMismatch",
    seccompProfile: { type: "RuntimeDefault" },
  };
}

/** Security context of a container that satisfies `restricted` and writes to its volumes only. */
export const restrictedContainer: types.input.core.v1.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  capabilities: { drop: ["ALL"] },
};
