import type { Cluster } from "@pulumi/gcp/container";
import * as pulumi from "@pulumi/pulumi";

/**
 * Kubeconfig of a cluster as JSON text. It holds no credential: Google's plugin gets a token for whoever calls it, so it
 * is no secret and may be handed on.
 */
export function kubeconfigOf(cluster: Cluster, clusterName: string): pulumi.Output<string> {
  return pulumi.jsonStringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": clusterName,
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
    clusters: [
      {
        name: clusterName,
        cluster: {
          server: pulumi.interpolate`https://${cluster.endpoint}`,
          "certificate-authority-data": cluster.masterAuth.apply((auth) => auth.clusterCaCertificate),
        },
      },
    ],
    users: [
      {
        name: clusterName,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "gke-gcloud-auth-plugin",
            installHint: "gcloud components install gke-gcloud-auth-plugin",
            provideClusterInfo: true,
            interactiveMode: "Never",
          },
        },
      },
    ],
  });
}
