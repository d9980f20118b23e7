import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  type DatabaseBinding,
  entityKeyVersion,
  type FeastSettings,
  type FeatureOidcArgs,
  type FeatureServers,
  feastYaml,
} from "aistack-core";
import { authorityFile, feastUser, ports, repositoryPath, tlsPath } from "./defaults";
import type { FeatureStoreSettings } from "./settings";

/** Variables that Feast's pods have in place of passwords in their configuration. */
export const passwordVariables = { redis: "FEAST_REDIS_PASSWORD", database: "FEAST_DATABASE_PASSWORD" };

const ca = `${tlsPath}/ca.crt`;

/** Where the stores are. */
export interface StoreHosts {
  redis: pulumi.Input<string>;
  database: pulumi.Input<DatabaseBinding>;
  /** Whether the database's binding has the authority of its server's certificate. */
  verified: pulumi.Input<boolean>;
}

/** The `feature_store.yaml` of Feast's own pods, which speak to the stores. */
export function storeConfiguration(settings: FeatureStoreSettings, hosts: StoreHosts): pulumi.Output<string> {
  const { project, oidc } = settings;
  const field = <K extends "host" | "port" | "database" | "user">(name: K) => bindingField(hosts.database, name);
  const place = pulumi.all([field("host"), field("port"), field("database"), field("user"), hosts.verified]);
  return pulumi
    .all([project, hosts.redis, place, oidc])
    .apply(([name, redis, [host, port, database, user, verified], provider]) => {
      const password = `\${${passwordVariables.database}}`;
      const authority = `${repositoryPath}/${authorityFile}`;
      const tls = verified ? `sslmode=verify-full&sslrootcert=${authority}` : "sslmode=require";
      return feastYaml({
        project: name,
        provider: "local",
        registry: {
          registry_type: "sql",
          path: `postgresql+psycopg://${user}:${password}@${host}:${port}/${database}?${tls}`,
          cache_ttl_seconds: 60,
          // Else every copy to the online store would stop the servers from answering until it ends.
          serve_features_while_materializing: true,
        },
        online_store: {
          type: "redis",
          connection_string: `${redis}:${ports.redis},username=${feastUser},password=\${${passwordVariables.redis}},ssl=true,ssl_ca_certs=${ca}`,
        },
        offline_store: {
          type: "postgres",
          host,
          port,
          database,
          db_schema: "public",
          user,
          password,
          ...(verified ? { sslmode: "verify-full", sslrootcert_path: authority } : { sslmode: "require" }),
        },
        ...authentication(provider as FeatureOidcArgs | undefined),
        entity_key_serialization_version: entityKeyVersion,
      });
    });
}

/**
 * Who may ask Feast's servers. `auth: kubernetes` is not offered: in 0.67 the parser of its tokens goes on when the cluster
 * refuses a token, and reads who it is from without checking its signature (feast/permissions/auth/kubernetes_token_parser.py).
 */
function authentication(oidc: FeatureOidcArgs | undefined): FeastSettings {
  if (!oidc) return { auth: { type: "no_auth" } };
  return {
    auth: {
      type: "oidc",
      auth_discovery_url: oidc.discoveryUrl as string,
      audience: oidc.audience as string,
    },
  };
}

/** The `feature_store.yaml` of applications, which speak to the servers that run. */
export function clientConfiguration(
  settings: FeatureStoreSettings,
  hostOf: (server: keyof FeatureServers) => pulumi.Input<string>,
): pulumi.Output<string> {
  const { online, offline, registry } = settings.servers;
  const hosts = [hostOf("online"), hostOf("offline"), hostOf("registry")] as const;
  return pulumi.all([settings.project, ...hosts]).apply(([project, onlineHost, offlineHost, registryHost]) => {
    // Feast's own name for what an application looks up in its environment.
    const cert = `\${FEAST_CA_FILE}`;
    return feastYaml({
      project,
      provider: "local",
      registry: registry
        ? { registry_type: "remote", path: `${registryHost}:${ports.registry}`, cert, is_tls: true }
        : undefined,
      online_store: online ? { type: "remote", path: `https://${onlineHost}:${ports.online}`, cert } : undefined,
      offline_store: offline
        ? { type: "remote", host: offlineHost, port: ports.offline, scheme: "https", cert }
        : undefined,
      // Without more, Feast sends the token that stands in the variable FEAST_OIDC_TOKEN.
      auth: { type: settings.oidc ? "oidc" : "no_auth" },
      entity_key_serialization_version: entityKeyVersion,
    });
  });
}

/** Redis: TLS alone, users from a file, every write in a log on disk, and an error rather than a lost value when memory is full. */
export function redisConfiguration(memoryGiB: pulumi.Input<number>): pulumi.Output<string> {
  return pulumi.output(memoryGiB).apply(
    (gibibytes) => `# Clients
bind * -::*
port 0
tls-port ${ports.redis}
tls-cert-file ${tlsPath}/tls.crt
tls-key-file ${tlsPath}/tls.key
tls-ca-cert-file ${ca}
tls-auth-clients no
tls-protocols "TLSv1.2 TLSv1.3"
protected-mode yes
aclfile /etc/redis-users/users.acl
timeout 0
tcp-keepalive 300

# Nothing is changed or loaded at run time
enable-protected-configs no
enable-debug-command no
enable-module-command no

# Memory: the rest is for copies while the log is rewritten
maxmemory ${gibibytes * 768}mb
maxmemory-policy noeviction

# Disk
dir /data
save ""
appendonly yes
appendfsync everysec
`,
  );
}

/**
 * Users of Redis. The one that a connection has by default is off; Feast's reads and writes values and may do nothing that
 * Redis calls dangerous or that concerns the server: no KEYS, FLUSHALL, CONFIG, DEBUG, SHUTDOWN, REPLICAOF, ACL, EVAL.
 */
export function redisUsers(password: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.secret(
    pulumi.output(password).apply((text) => {
      const hash = createHash("sha256").update(text).digest("hex");
      const commands = "-@all +@read +@write +@keyspace +@connection +@transaction -@dangerous -@admin -@scripting";
      return `user default off resetchannels -@all\nuser ${feastUser} on #${hash} ~* resetchannels ${commands}\n`;
    }),
  );
}

/** Copies values up to this moment: what is newer than the last copy, or the last days again. */
export function materialiseScript(lookbackDays: number | undefined): string {
  const now = `"$(date -u +%Y-%m-%dT%H:%M:%S)"`;
  const feast = `exec feast --chdir "$FEAST_REPOSITORY"`;
  if (lookbackDays === undefined) return `set -eu\n${feast} materialize-incremental ${now}\n`;
  return `set -eu\n${feast} materialize "$(date -u -d '-${lookbackDays} days' +%Y-%m-%dT%H:%M:%S)" ${now}\n`;
}
