import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";

/** What the Pod Security Standard `restricted` asks of a container. */
const closed = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

/** A server with a key of its own, in its own namespace. */
class Server extends pulumi.ComponentResource {
  readonly key: pulumi.Output<string>;

  constructor(name: string, replicas: number, token: pulumi.Output<string>) {
    super("aistack-kubernetes:index:Server", name, { replicas });
    const child = { parent: this };
    const namespace = new kubernetes.core.v1.Namespace(`${name}-namespace`, { metadata: { name } }, child);
    const metadata = { name, namespace: namespace.metadata.name };
    const key = new random.RandomPassword(`${name}-key`, { length: 24 }, { ...child, protect: true });
    new kubernetes.core.v1.Secret(`${name}-keys`, { metadata, stringData: { key: key.result, token } }, child);
    for (const part of ["web", "worker", "probe"]) {
      new kubernetes.core.v1.ConfigMap(
        `${name}-${part}`,
        { metadata: { ...metadata, name: part }, data: { part } },
        { ...child, retainOnDelete: part === "probe" },
      );
    }
    new kubernetes.apps.v1.Deployment(
      name,
      {
        metadata,
        spec: {
          replicas,
          selector: { matchLabels: { app: name } },
          template: {
            metadata: { labels: { app: name } },
            spec: {
              securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
              containers: [{ name, image: "registry.k8s.io/pause:3.10", securityContext: closed }],
            },
          },
        },
      },
      child,
    );
    new kubernetes.helm.v3.Release(
      `${name}-operator`,
      { chart: "oci://example.org/charts/operator", version: "1.0.0" },
      child,
    );
    this.key = key.result;
    this.registerOutputs({ key: this.key });
  }
}

const config = new pulumi.Config();
const replicas = config.requireNumber("replicas");
if (replicas < 2) pulumi.log.warn("with one replica, an update interrupts the service");
const server = new Server("server", replicas, config.requireSecret("apiToken"));

export const key = server.key;
export const size = { replicas };
