import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { bindingField, type ClusterBinding, imagePin, onCluster } from "aistack-core";
import { standardLabels } from "../workload/labels";
import { redisConfiguration, redisUsers } from "./configuration";
import { feastUser, ports, tlsPath } from "./defaults";
import { contentHash } from "./hash";
import type { FeatureStoreSettings } from "./settings";
import { storeServer } from "./store";

interface RedisArgs extends FeatureStoreSettings {
  cluster: pulumi.Input<ClusterBinding>;
  namespace: pulumi.Input<string>;
}

/** The online store: one Redis with a log of its writes on disk. */
export class Redis extends pulumi.ComponentResource {
  /** Host, known once it answers. */
  public readonly host: pulumi.Output<string>;
  public readonly password: pulumi.Output<string>;

  constructor(name: string, args: RedisArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:feature-store:Redis", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const metadata = {
      name: `${name}-redis`,
      namespace: args.namespace,
      labels: standardLabels(name, "redis", "redis"),
    };

    this.password = new random.RandomPassword(
      `${name}-redis-password`,
      { length: 48, special: false },
      { parent: this },
    ).result;
    const users = redisUsers(this.password);
    const secret = new kubernetes.core.v1.Secret(
      `${name}-redis-users`,
      { metadata, stringData: { "users.acl": users, password: this.password } },
      child,
    );
    const configuration = redisConfiguration(args.online.memoryGiB);
    const files = new kubernetes.core.v1.ConfigMap(
      `${name}-redis-configuration`,
      { metadata, data: { "redis.conf": configuration } },
      child,
    );
    const host = storeServer(
      {
        ...args,
        instance: name,
        program: "redis",
        port: ports.redis,
        size: args.online,
        dataPath: "/data",
        filesHash: contentHash(users, configuration),
        ready: [
          "/bin/sh",
          "-c",
          `test "$(redis-cli --tls --cacert ${tlsPath}/ca.crt --user ${feastUser} ping)" = PONG`,
        ],
        container: {
          image: bindingField(args.cluster, "mirror").apply((mirror) => imagePin("redis", mirror)),
          command: ["redis-server", "/etc/redis/redis.conf"],
          // What `redis-cli` of the probe logs in with.
          env: [
            {
              name: "REDISCLI_AUTH",
              valueFrom: { secretKeyRef: { name: secret.metadata.name, key: "password" } },
            },
          ],
          volumeMounts: [
            { name: "configuration", mountPath: "/etc/redis", readOnly: true },
            { name: "users", mountPath: "/etc/redis-users", readOnly: true },
          ],
        },
        volumes: [
          { name: "configuration", configMap: { name: files.metadata.name } },
          {
            name: "users",
            secret: {
              secretName: secret.metadata.name,
              defaultMode: 0o440,
              items: [{ key: "users.acl", path: "users.acl" }],
            },
          },
        ],
      },
      child,
    );
    this.host = host;
    this.registerOutputs();
  }
}
