import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type ClusterBinding, onCluster } from "aistack-core";
import { closedNamespace, release } from "aistack-runtime";
import { Certificate } from "../../workload/certificate";
import { contentHash } from "../../workload/hash";
import { standardLabels } from "../../workload/labels";
import { type PrometheusSettings, podMonitor } from "../../workload/prometheus";
import { type Uses, usesOf } from "../../workload/uses";
import { airflow, files, paths } from "./defaults";
import { openForAirflow, podsOf } from "./network";
import { type AirflowSecrets, airflowSecrets, authorityOf } from "./secrets";
import type { AirflowSettings } from "./settings";
import { chartValues } from "./values";

interface AirflowInstallationArgs {
  cluster: pulumi.Input<ClusterBinding>;
  settings: AirflowSettings;
  historyDays: number;
  /** Files of the pipeline's own DAG. */
  dag: { [file: string]: pulumi.Input<string> };
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  prometheus?: PrometheusSettings;
  /** What its pods have to be allowed before they start. */
  needs: pulumi.Resource[];
}

/** Namespace of the Airflow of a pipeline. */
export function airflowNamespace(name: string): string {
  return `${name}-${airflow}`;
}

/** An Airflow in a closed namespace of its own, by its chart. */
export class AirflowInstallation extends pulumi.ComponentResource {
  /** Namespace, known once everything in it is ready. */
  public readonly namespace: pulumi.Output<string>;
  /** Host name of the API servers. */
  public readonly host: string;
  /** Authority of their certificate, in PEM form. */
  public readonly authority: pulumi.Output<string>;

  constructor(name: string, args: AirflowInstallationArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:mlops-pipeline:AirflowInstallation", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const { settings, prometheus } = args;
    const labels = standardLabels(airflowNamespace(name), airflow, airflow);
    const namespace = closedNamespace(`${name}-airflow`, { namespace: airflowNamespace(name), labels }, child);
    const metadata = { namespace, labels };
    this.host = `${airflow}-api-server.${airflowNamespace(name)}.svc`;
    const certificate = new Certificate(
      `${name}-airflow-tls`,
      { commonName: "Apache Airflow", dnsNames: [this.host], metadata: { ...metadata, name: "airflow-tls" }, child },
      { parent: this },
    );
    const uses = usesOf(
      [settings.database, ...(settings.logs === undefined ? [] : [settings.logs]), ...(settings.uses ?? [])],
      namespace,
    );
    const secrets = airflowSecrets(name, { settings, uses, metadata }, child);
    const configMap = (purpose: string, data: pulumi.Input<{ [file: string]: pulumi.Input<string> }>) =>
      new kubernetes.core.v1.ConfigMap(
        `${name}-airflow-${purpose}`,
        { metadata: { ...metadata, name: `airflow-${purpose}` }, data },
        child,
      ).metadata.name;
    const trusted = {
      // Clients take what the servers present for what they trust.
      [files.chain]: pulumi.interpolate`${certificate.certificate}${certificate.authority}`,
      [files.database]: bindingField(settings.database, "caCertificate").apply((text) => text ?? ""),
      [files.logs]: settings.logs === undefined ? "" : authorityOf(settings.logs),
    };
    const trust = configMap("trust", trusted);
    const variables = configMap(
      "variables",
      uses.environment.apply((plain) => ({
        ...plain,
        // Of asyncpg, which takes the path of an authority from nowhere else.
        PGSSLROOTCERT: `${paths.trust}/${files.database}`,
      })),
    );
    const dag = {
      configMap: configMap("pipeline", args.dag),
      files: Object.keys(args.dag),
      hash: contentHash(...Object.values(args.dag)),
    };
    const policies = openForAirflow(
      name,
      { metadata, settings, uses, clientNamespaces: args.clientNamespaces, prometheus },
      child,
    );
    const installed = this.#release(
      name,
      { args, namespace, uses, secrets, variables, trust, dag, certificate },
      [...policies, ...args.needs],
      child,
    );
    if (settings.replicas > 1)
      for (const component of ["dag-processor", "triggerer"])
        new kubernetes.policy.v1.PodDisruptionBudget(
          `${name}-airflow-${component}-disruption`,
          {
            metadata: { ...metadata, name: `${airflow}-${component}` },
            spec: { maxUnavailable: 1, selector: { matchLabels: podsOf(component) } },
          },
          child,
        );
    if (prometheus)
      podMonitor(
        `${name}-airflow`,
        { namespace, settings: prometheus },
        {
          selector: { matchLabels: podsOf("statsd") },
          podMetricsEndpoints: [{ port: "statsd-scrape" }],
        },
        child,
      );
    this.namespace = installed.namespace;
    this.authority = certificate.authority;
    this.registerOutputs();
  }

  #release(
    name: string,
    parts: {
      args: AirflowInstallationArgs;
      namespace: pulumi.Output<string>;
      uses: Uses;
      secrets: AirflowSecrets;
      variables: pulumi.Output<string>;
      trust: pulumi.Output<string>;
      dag: { configMap: pulumi.Output<string>; files: string[]; hash: pulumi.Output<string> };
      certificate: Certificate;
    },
    dependsOn: pulumi.Resource[],
    child: pulumi.CustomResourceOptions,
  ): kubernetes.helm.v3.Release {
    const { args, certificate, uses, secrets, variables, trust, dag } = parts;
    return release(
      `${name}-airflow`,
      {
        chart: airflow,
        release: airflow,
        namespace: parts.namespace,
        mirror: bindingField(args.cluster, "mirror"),
        values: (from) =>
          chartValues(
            {
              settings: args.settings,
              historyDays: args.historyDays,
              isWatched: args.prometheus !== undefined,
              host: this.host,
              tls: certificate.secretName,
              uses,
              secrets,
              variables,
              trust,
              dag,
            },
            from,
          ),
      },
      { ...child, dependsOn },
    );
  }
}
