import * as pulumi from "@pulumi/pulumi";
import { bindingField, type Mirror, mirroredImage } from "aistack-core";
import { restrictedContainer } from "../../workload/security";
import type { Uses } from "../../workload/uses";
import { accounts, adminUser, airflow, apiPort, files, logsConnection, paths } from "./defaults";
import type { AirflowSecrets } from "./secrets";
import type { AirflowSettings, DagsPlan } from "./settings";

export interface ChartParts {
  settings: AirflowSettings;
  secrets: AirflowSecrets;
  /** Host name of the API servers. */
  host: pulumi.Input<string>;
  /** Name of the ConfigMap with variables of all containers that are no secret. */
  variables: pulumi.Input<string>;
  /** Name of the ConfigMap with what is trusted. */
  trust: pulumi.Input<string>;
  /** Name of the Secret with the key of the API servers. */
  tls: pulumi.Input<string>;
  /** ConfigMap with the pipeline's own DAG, its files, and what changes with them. */
  dag: { configMap: pulumi.Input<string>; files: string[]; hash: pulumi.Input<string> };
  uses: Uses;
  historyDays: number;
  /** Whether somebody reads metrics. */
  isWatched: boolean;
}

const size = (cpu: string, memory: string, limit: string) => ({
  requests: { cpu, memory },
  limits: { memory: limit },
});

const small = size("50m", "64Mi", "256Mi");
const ofJobs = size("100m", "512Mi", "1Gi");

/** User and group of the image, which the files in it belong to. */
const podSecurity = {
  runAsNonRoot: true,
  runAsUser: 50000,
  runAsGroup: 0,
  fsGroup: 0,
  seccompProfile: { type: "RuntimeDefault" },
};

/** Airflow writes into its home folder, so that its root is no read-only one. */
const containerSecurity = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };

const disruption = { podDisruptionBudget: { enabled: true, config: { maxUnavailable: 1 } } };
const groomer = { logGroomerSidecar: { retentionDays: 3, resources: small } };

/**
 * Values of the chart. https://airflow.apache.org/docs/helm-chart/1.22.0/parameters-ref.html
 * Its jobs are no hooks: Helm would wait for pods that wait for them.
 */
export function chartValues(parts: ChartParts, from: Mirror | undefined): object {
  const { settings, secrets, isWatched } = parts;
  const { replicas } = settings;
  const https = { scheme: "HTTPS" };
  const ownDag = {
    extraVolumes: [{ name: "pipeline", configMap: { name: parts.dag.configMap } }],
    // File by file: the links of a whole ConfigMap would have Airflow find each DAG twice.
    extraVolumeMounts: parts.dag.files.map((file) => ({
      name: "pipeline",
      mountPath: `${paths.pipeline}/${file}`,
      subPath: file,
      readOnly: true,
    })),
  };
  return {
    defaultAirflowRepository: mirroredImage("docker.io/apache/airflow", from),
    images: {
      gitSync: { repository: mirroredImage("registry.k8s.io/git-sync/git-sync", from) },
      statsd: { repository: mirroredImage("quay.io/prometheus/statsd-exporter", from) },
    },
    executor: "KubernetesExecutor",
    postgresql: { enabled: false },
    redis: { enabled: false },
    data: { metadataSecretName: secrets.metadata },
    fernetKeySecretName: secrets.fernet,
    apiSecretKeySecretName: secrets.api,
    jwtSecretName: secrets.jwt,
    // Of this one, the chart makes a template.
    extraEnvFrom: pulumi.interpolate`- configMapRef:\n    name: ${parts.variables}\n- secretRef:\n    name: ${secrets.environment}\n`,
    airflowPodAnnotations: { "aistack.dev/credentials-hash": secrets.hash },
    // Of all pods: those by which the database and the bucket let them in.
    labels: parts.uses.podLabels,
    securityContexts: { pod: podSecurity, containers: containerSecurity },
    volumes: parts.uses.volumes.apply((used) => [{ name: "trust", configMap: { name: parts.trust } }, ...used]),
    volumeMounts: parts.uses.mounts.apply((used) => [
      { name: "trust", mountPath: paths.trust, readOnly: true },
      ...used,
    ]),
    config: configuration(parts),
    scheduler: { replicas, resources: size("250m", "1Gi", "2Gi"), ...disruption, ...groomer },
    apiServer: {
      replicas,
      resources: size("250m", "1Gi", "2Gi"),
      ...disruption,
      env: [{ name: "AIRFLOW__API__SSL_KEY", value: `${paths.tls}/tls.key` }],
      extraVolumes: [{ name: "tls", secret: { secretName: parts.tls } }],
      extraVolumeMounts: [{ name: "tls", mountPath: paths.tls, readOnly: true }],
      livenessProbe: https,
      readinessProbe: https,
      // The first start after an upgrade takes its time.
      startupProbe: { ...https, failureThreshold: 30 },
    },
    dagProcessor: {
      enabled: true,
      replicas,
      resources: size("100m", "512Mi", "1Gi"),
      podAnnotations: { "aistack.dev/dag-hash": parts.dag.hash },
      ...ownDag,
      ...groomer,
    },
    triggerer: {
      replicas,
      resources: size("100m", "512Mi", "1Gi"),
      persistence: { enabled: false },
      serviceAccount: { name: accounts.triggerer },
      ...groomer,
    },
    workers: { resources: ofJobs, serviceAccount: { name: accounts.worker }, ...ownDag },
    migrateDatabaseJob: { useHelmHooks: false, resources: ofJobs },
    createUserJob: {
      useHelmHooks: false,
      resources: ofJobs,
      args: ["bash", "-c", createUser],
      extraVolumes: [{ name: "user", secret: { secretName: secrets.user } }],
      extraVolumeMounts: [{ name: "user", mountPath: paths.user, readOnly: true }],
    },
    // Pods of tasks that failed stay for a look at them.
    cleanup: { enabled: true, schedule: "0 5 * * *", resources: ofJobs },
    databaseCleanup: {
      enabled: true,
      schedule: "30 5 * * *",
      retentionDays: parts.historyDays,
      skipArchive: true,
      resources: ofJobs,
    },
    statsd: {
      enabled: isWatched,
      resources: small,
      securityContexts: {
        pod: { ...podSecurity, runAsUser: 65534, runAsGroup: 65534, fsGroup: 65534 },
        container: restrictedContainer,
      },
    },
    ...(settings.dags && { dags: { gitSync: gitSync(settings.dags, secrets.git) } }),
  };
}

/** No password in the arguments of the job, which many may read. */
const createUser = [
  "airflow db check-migrations --migration-wait-timeout=600",
  `exec airflow users create --role Admin --username ${adminUser} --email ${adminUser}@example.com --firstname Airflow --lastname Administrator --password "$(cat ${paths.user}/password)"`,
].join(" && ");

/** What goes into airflow.cfg: https://airflow.apache.org/docs/apache-airflow/3.2.2/configurations-ref.html */
function configuration({ host, settings }: ChartParts): object {
  const url = pulumi.interpolate`https://${host}:${apiPort}`;
  const local = "airflow.dag_processing.bundles.local.LocalDagBundle";
  const bundles = [
    ...(settings.dags ? [{ name: "dags-folder", classpath: local, kwargs: {} }] : []),
    { name: "pipeline", classpath: local, kwargs: { path: paths.pipeline } },
  ];
  return {
    api: { base_url: url, ssl_cert: `${paths.trust}/${files.chain}` },
    core: { execution_api_server_url: pulumi.interpolate`${url}/execution/` },
    dag_processor: { dag_bundle_config_list: JSON.stringify(bundles) },
    kubernetes_executor: { worker_pods_creation_batch_size: "16" },
    ...(settings.logs !== undefined && {
      logging: {
        remote_logging: "True",
        remote_base_log_folder: pulumi.interpolate`${bindingField(settings.logs, "url")}/${airflow}`,
        remote_log_conn_id: logsConnection,
        delete_local_logs: "True",
      },
    }),
  };
}

/** github.com/kubernetes/git-sync v4: an init container of each pod that reads DAGs, and a sidecar of those that stay. */
function gitSync(
  { repository, branch, folder, sshKey, knownHosts }: DagsPlan,
  secret: pulumi.Output<string> | undefined,
): object {
  return {
    enabled: true,
    repo: repository,
    branch,
    // Of v3 and of v4.
    rev: "HEAD",
    ref: branch,
    subPath: folder,
    depth: 1,
    period: "60s",
    // An outage of the server is no reason to stop DAGs that are there.
    maxFailures: 10,
    ...(secret && (sshKey === undefined ? { credentialsSecret: secret } : { sshKeySecret: secret, knownHosts })),
    resources: small,
    securityContexts: { container: { ...containerSecurity, runAsUser: 65533, runAsNonRoot: true } },
  };
}
