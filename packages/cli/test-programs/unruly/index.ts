import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

/** Says which regulations it serves, and how they are reconciled. */
class Records extends pulumi.ComponentResource {
  constructor(name: string, args: { compliance: string[]; resolutions: { [contradiction: string]: string } }) {
    super("aistack-acme:index:Records", name, args);
    this.registerOutputs();
  }
}

new Records("records", {
  compliance: ["gdpr"],
  resolutions: { "retention-against-erasure": "Records hold pseudonyms, whose key is destroyed on request." },
});

// A pod that works on the host, without saying why.
new kubernetes.core.v1.Pod("probe", {
  metadata: { name: "probe", namespace: "default" },
  spec: {
    hostNetwork: true,
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    containers: [
      {
        name: "probe",
        image: "registry.k8s.io/pause:latest",
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      },
    ],
  },
});
