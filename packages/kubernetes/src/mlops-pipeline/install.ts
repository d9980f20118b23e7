import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, type ClusterBinding, chartPin, type Mirror, mirroredImage, onCluster } from "aistack-core";
import { controllerNamespace, release } from "aistack-runtime";
import { Certificate } from "../workload/certificate";
import { clientLabel, standardLabels } from "../workload/labels";
import { ingressFrom, internetEgress } from "../workload/network-policy";
import type { PrometheusSettings } from "../workload/prometheus";
import { restrictedContainer } from "../workload/security";
import type { SignOnArgs } from "./args";
import { argoHost, argoNamespace, argoPort, argoServer, rayDashboardPort } from "./defaults";

interface PipelineRuntimeArgs {
  cluster: pulumi.Input<ClusterBinding>;
  argoWorkflows: boolean;
  trainer: boolean;
  ray: boolean;
  signOn?: SignOnArgs;
  /** Namespaces whose pods may speak to Argo's server; undefined for any. */
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** Who reads the metrics of Argo's controller, where somebody does. */
  prometheus?: PrometheusSettings;
}

/** What others wait for. */
const installed = new WeakMap<PipelineRuntime, kubernetes.helm.v3.Release[]>();

/** What runs the pipelines of a cluster: Argo Workflows, and the operators that their training stages need. */
export class PipelineRuntime extends pulumi.ComponentResource {
  /** Authority of the certificate of Argo's server, in PEM form; undefined where that was there before. */
  public readonly authority?: pulumi.Output<string>;

  constructor(name: string, args: PipelineRuntimeArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:mlops-pipeline:PipelineRuntime", name, {}, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const mirror = bindingField(args.cluster, "mirror");
    const argo = args.argoWorkflows ? argoWorkflows(name, args, mirror, child) : undefined;
    this.authority = argo?.authority;
    installed.set(this, [
      ...(argo ? [argo.release] : []),
      ...(args.trainer ? [trainer(name, mirror, child)] : []),
      ...(args.ray ? [kubeRay(name, mirror, child)] : []),
    ]);
    this.registerOutputs();
  }

  /** What understands the resources of pipelines; empty if the cluster had it before. */
  get releases(): pulumi.Resource[] {
    return installed.get(this) ?? [];
  }
}

type MirrorOutput = pulumi.Output<Mirror | undefined>;

const podSecurityContext = { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } };

/** Two, of which one leads, on two nodes where there are two. */
const twice = { replicas: 2, pdb: { enabled: true, maxUnavailable: 1 } };

/** The controller that runs the pipelines of all namespaces, and the server that people and events speak to. */
function argoWorkflows(
  name: string,
  { signOn, clientNamespaces, prometheus }: PipelineRuntimeArgs,
  mirror: MirrorOutput,
  child: pulumi.CustomResourceOptions,
): { release: kubernetes.helm.v3.Release; authority: pulumi.Output<string> } {
  const namespace = controllerNamespace(`${name}-argo`, argoNamespace, child);
  const labels = standardLabels(argoServer, "argo-workflows", "server");
  const certificate = new Certificate(
    `${name}-argo-tls`,
    {
      commonName: "Argo Workflows",
      dnsNames: [argoHost],
      metadata: { name: "argo-server-tls", namespace, labels },
      child,
    },
    { parent: child.parent },
  );
  const needs: pulumi.Resource[] = [
    serverPolicy(name, { namespace, labels, clientNamespaces, signsOn: signOn !== undefined }, child),
  ];
  if (signOn)
    needs.push(
      new kubernetes.core.v1.Secret(
        `${name}-argo-sign-on`,
        {
          metadata: { name: signOnSecret, namespace, labels },
          stringData: pulumi.secret({ "client-id": signOn.clientId, "client-secret": signOn.clientSecret }),
        },
        child,
      ),
    );
  const image = (from: Mirror | undefined, repository: string) => ({
    registry: mirroredImage("quay.io", from),
    repository: `argoproj/${repository}`,
  });
  const installation = release(
    `${name}-argo`,
    {
      chart: "argo-workflows",
      release: "argo-workflows",
      namespace: certificate.secretName.apply(() => argoNamespace),
      mirror,
      values: (from) => ({
        images: { pullPolicy: "IfNotPresent" },
        // The full ones are fetched by a job from the internet, which nothing here can reach; the controller checks all the same.
        crds: { install: true, keep: true, full: false },
        controller: {
          ...twice,
          image: image(from, "workflow-controller"),
          metricsConfig: { enabled: true },
          ...(prometheus && { serviceMonitor: { enabled: true, additionalLabels: prometheus.prometheusLabels ?? {} } }),
          // Pipelines bring accounts of their own.
          workflowNamespaces: [],
          podSecurityContext,
          resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "1Gi" } },
        },
        executor: { image: image(from, "argoexec"), securityContext: restrictedContainer },
        server: {
          ...twice,
          image: image(from, "argocli"),
          secure: true,
          extraArgs: ["--tls-certificate-secret-name=argo-server-tls"],
          authModes: signOn ? ["sso", "client"] : ["client"],
          podSecurityContext,
          securityContext: { ...restrictedContainer, runAsNonRoot: true },
          resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { memory: "512Mi" } },
          livenessProbe: { enabled: true },
          ...(signOn && {
            sso: {
              enabled: true,
              issuer: signOn.issuer,
              clientId: { name: signOnSecret, key: "client-id" },
              clientSecret: { name: signOnSecret, key: "client-secret" },
              redirectUrl: signOn.redirectUrl,
              scopes: ["groups", "email", "profile"],
              // What a person may do is what the service account may whose rule their groups match.
              rbac: { enabled: true },
            },
          }),
        },
      }),
    },
    { ...child, dependsOn: needs },
  );
  return { release: installation, authority: certificate.authority };
}

const signOnSecret = "argo-server-sso";

interface ServerPolicyArgs {
  namespace: pulumi.Input<string>;
  labels: { [label: string]: string };
  clientNamespaces?: pulumi.Input<pulumi.Input<string>[]>;
  /** Whether people sign in by a provider. */
  signsOn: boolean;
}

function serverPolicy(
  name: string,
  { namespace, labels, clientNamespaces, signsOn }: ServerPolicyArgs,
  child: pulumi.CustomResourceOptions,
): kubernetes.networking.v1.NetworkPolicy {
  return new kubernetes.networking.v1.NetworkPolicy(
    `${name}-argo-server`,
    {
      metadata: { name: argoServer, namespace, labels },
      spec: {
        podSelector: { matchLabels: { "app.kubernetes.io/component": "server" } },
        policyTypes: signsOn ? ["Ingress", "Egress"] : ["Ingress"],
        ingress: [
          pulumi.output(clientNamespaces).apply((from) => ingressFrom(clientLabel(argoServer), [argoPort], from)),
        ],
        // The provider that people sign in by.
        ...(signsOn && { egress: [internetEgress] }),
      },
    },
    child,
  );
}

/** Kubeflow Trainer. JobSet, which it makes its pods by, came with the queues. */
function trainer(name: string, mirror: MirrorOutput, child: pulumi.CustomResourceOptions): kubernetes.helm.v3.Release {
  return release(
    `${name}-trainer`,
    {
      chart: "kubeflow-trainer",
      release: "kubeflow-trainer",
      namespace: controllerNamespace(`${name}-trainer`, "kubeflow-system", child),
      mirror,
      values: (from) => ({
        jobset: { install: false },
        image: { registry: mirroredImage("ghcr.io", from) },
        manager: {
          replicas: 2,
          resources: { requests: { cpu: "100m", memory: "256Mi" }, limits: { memory: "512Mi" } },
        },
      }),
    },
    child,
  );
}

function kubeRay(name: string, mirror: MirrorOutput, child: pulumi.CustomResourceOptions): kubernetes.helm.v3.Release {
  const namespace = controllerNamespace(`${name}-ray`, "kuberay-operator", child);
  const heads = new kubernetes.networking.v1.NetworkPolicy(
    `${name}-ray-heads`,
    {
      metadata: {
        name: "heads",
        namespace,
        labels: standardLabels("kuberay-operator", "kuberay-operator", "namespace"),
      },
      spec: {
        podSelector: {},
        policyTypes: ["Egress"],
        egress: [
          {
            to: [{ namespaceSelector: {}, podSelector: { matchLabels: { "ray.io/node-type": "head" } } }],
            ports: [{ protocol: "TCP", port: rayDashboardPort }],
          },
        ],
      },
    },
    child,
  );
  return release(
    `${name}-ray`,
    {
      chart: "kuberay-operator",
      release: "kuberay-operator",
      namespace: heads.metadata.namespace,
      mirror,
      values: (from) => ({
        replicas: 2,
        image: {
          repository: mirroredImage("quay.io/kuberay/operator", from),
          tag: `v${chartPin("kuberay-operator").version}`,
        },
        podSecurityContext,
        resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { memory: "1Gi" } },
      }),
    },
    child,
  );
}
