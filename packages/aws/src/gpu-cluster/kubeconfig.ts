import type { Cluster } from "@pulumi/aws/eks";
import * as pulumi from "@pulumi/pulumi";

/**
 * Kubeconfig of a cluster as JSON text. It holds no credential: the AWS CLI gets a token for whoever calls it, so it is
 * no secret and may be handed on.
 */
export function kubeconfigOf(
  cluster: Cluster,
  clusterName: string,
  region: pulumi.Input<string>,
): pulumi.Output<string> {
  return pulumi.jsonStringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": clusterName,
    contexts: [{ name: clusterName, context: { cluster: clusterName, user: clusterName } }],
    clusters: [
      {
        name: clusterName,
        cluster: {
          server: cluster.endpoint,
          "certificate-authority-data": cluster.certificateAuthority.apply((authority) => authority.data),
        },
      },
    ],
    users: [
      {
        name: clusterName,
        user: {
          exec: {
            apiVersion: "client.authentication.k8s.io/v1beta1",
            command: "aws",
            args: ["eks", "get-token", "--cluster-name", clusterName, "--region", region, "--output", "json"],
            interactiveMode: "Never",
          },
        },
      },
    ],
  });
}
