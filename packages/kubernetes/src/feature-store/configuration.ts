import { createHash } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import {
  entityKeyVersion,
  type FeastSettings,
  type FeatureOidcArgs,
  type FeatureServers,
  feastYaml,
} from "aistack-core";
import { feastUser, ports, tlsPath } from "./defaults";
import type { FeatureStoreSettings } from "./settings";

/** Variables that Feast's pods have in place of passwords in their configuration. */
export const passwordVariables = { redis: "FEAST_REDIS_PASSWORD", postgres: "FEAST_POSTGRES_PASSWORD" };

const ca = `${tlsPath}/ca.crt`;

/** Hosts of the stores. */
export interface StoreHosts {
  redis: pulumi.Input<string>;
  postgres: pulumi.Input<string>;
}

/** The `feature_store.yaml` of Feast's own pods, which speak to the stores. */
export function storeConfiguration(settings: FeatureStoreSettings, hosts: StoreHosts): pulumi.Output<string> {
  const { project, oidc } = settings;
  return pulumi.all([project, hosts.redis, hosts.postgres, oidc]).apply(([name, redis, postgres, provider]) => {
    const password = `\${${passwordVariables.postgres}}`;
    const tls = `sslmode=verify-full&sslrootcert=${ca}`;
    return feastYaml({
      project: name,
      provider: "local",
      registry: {
        registry_type: "sql",
        path: `postgresql+psycopg://${feastUser}:${password}@${postgres}:${ports.postgres}/${feastUser}?${tls}`,
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
        host: postgres,
        port: ports.postgres,
        database: feastUser,
        db_schema: "public",
        user: feastUser,
        password,
        sslmode: "verify-full",
        sslrootcert_path: ca,
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

/** PostgreSQL: TLS 1.3, passwords by SCRAM alone; a quarter of the memory for its cache, as its manual advises. */
export function postgresConfiguration(memoryGiB: pulumi.Input<number>): pulumi.Output<string> {
  return pulumi.output(memoryGiB).apply(
    (gibibytes) => `listen_addresses = '*'
port = ${ports.postgres}
unix_socket_directories = '/var/run/postgresql'
max_connections = 200
ssl = on
ssl_cert_file = '${tlsPath}/tls.crt'
ssl_key_file = '${tlsPath}/tls.key'
ssl_min_protocol_version = 'TLSv1.3'
password_encryption = 'scram-sha-256'
shared_buffers = ${gibibytes * 256}MB
log_destination = 'stderr'
log_connections = on
log_disconnections = on
log_statement = 'ddl'
`,
  );
}

/** Who may come in how. The superuser comes in from its own pod alone. */
export const postgresAccess = `local   all      all               scram-sha-256
hostssl ${feastUser}    ${feastUser}    all        scram-sha-256
host    all      all    all        reject
`;

/** Made once, when the disk is new. The password is read from the environment and not logged. */
export const postgresRole = `psql --username "$POSTGRES_USER" --dbname postgres --set ON_ERROR_STOP=1 --no-psqlrc <<'SQL'
SET log_statement TO none;
SET log_min_error_statement TO panic;
\\getenv password FEAST_POSTGRES_PASSWORD
CREATE ROLE ${feastUser} LOGIN PASSWORD :'password';
CREATE DATABASE ${feastUser} OWNER ${feastUser};
REVOKE ALL ON DATABASE ${feastUser} FROM PUBLIC;
SQL
`;

/** A backup counts when it is whole: it is written under another name, and its table of contents is read. */
export const backupScript = `set -eu
file="$BACKUPS/${feastUser}-$(date -u +%Y%m%dT%H%M%SZ).dump"
rm -f "$BACKUPS"/*.partial
pg_dump --format=custom --no-password --file="$file.partial"
pg_restore --list "$file.partial" >/dev/null
mv "$file.partial" "$file"
ls -1 "$BACKUPS"/${feastUser}-*.dump | sort -r | tail -n "+$((KEEP + 1))" | xargs -r rm --
echo "kept:"
ls -1 "$BACKUPS"
`;

/** Copies values up to this moment: what is newer than the last copy, or the last days again. */
export function materialiseScript(lookbackDays: number | undefined): string {
  const now = `"$(date -u +%Y-%m-%dT%H:%M:%S)"`;
  const feast = `exec feast --chdir "$FEAST_REPOSITORY"`;
  if (lookbackDays === undefined) return `set -eu\n${feast} materialize-incremental ${now}\n`;
  return `set -eu\n${feast} materialize "$(date -u -d '-${lookbackDays} days' +%Y-%m-%dT%H:%M:%S)" ${now}\n`;
}
