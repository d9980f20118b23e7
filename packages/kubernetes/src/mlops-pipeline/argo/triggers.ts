import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import * as random from "@pulumi/random";
import { GitProvider, type TriggersPlan } from "aistack-core";
import { standardLabels } from "../../workload/labels";
import { restrictedPod } from "../../workload/security";
import { argoApi, argoHost, argoPort } from "../defaults";
import { everyMinutes } from "../schedule";
import type { PipelineSettings } from "../settings";
import type { StagePods } from "../stages";
import { podTemplate } from "./templates";

interface TriggersArgs {
  settings: PipelineSettings;
  namespace: pulumi.Output<string>;
  /** Name of the WorkflowTemplate, known once it is there. */
  template: pulumi.Output<string>;
  /** Pod that looks whether there is new data, where that starts runs. */
  watcher?: pulumi.Output<StagePods>;
  /** Authority of the certificate of Argo's server, in PEM form; needed for alerts. */
  argoAuthority?: pulumi.Input<string>;
}

/** What starts runs of a pipeline by itself. */
export class PipelineTriggers extends pulumi.ComponentResource {
  /** What the Git provider signs its requests with, or sends along. */
  public readonly pushSecret: pulumi.Output<string | undefined>;

  constructor(name: string, args: TriggersArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-kubernetes:mlops-pipeline:PipelineTriggers", name, {}, opts);
    const child = { parent: this };
    const { schedule, push, data, drift } = args.settings.triggers;
    const metadata = (suffix: string) => ({
      name: `${name}-${suffix}`,
      namespace: args.namespace,
      labels: standardLabels(name, "mlops-pipeline", suffix),
    });
    const custom = (role: string, kind: string, spec: pulumi.Input<object>) =>
      new kubernetes.apiextensions.CustomResource(
        `${name}-${role}`,
        { apiVersion: argoApi, kind, metadata: metadata(role), spec },
        child,
      );
    const account = push || data || drift ? eventsAccount(name, metadata("events"), child) : undefined;
    if (schedule !== undefined) custom("schedule", "CronWorkflow", cronWorkflow(schedule, startedBy(args, "schedule")));
    if (data && account && args.watcher)
      custom(
        "data",
        "CronWorkflow",
        cronWorkflow(everyMinutes(data.everyMinutes), watching(args, args.watcher, account.name)),
      );
    this.pushSecret =
      push && account ? pushTrigger(name, push, account, args, custom, child) : pulumi.output(undefined);
    if (drift && account) driftTrigger(name, drift, account, args, custom, child);
    this.registerOutputs();
  }
}

interface EventsAccount {
  name: pulumi.Output<string>;
  /** Secret with its token. */
  tokenSecret: pulumi.Output<string>;
}

type Custom = (role: string, kind: string, spec: pulumi.Input<object>) => kubernetes.apiextensions.CustomResource;

/** A cron workflow that is not joined by a second one, in the hour that it was due. */
function cronWorkflow(schedule: pulumi.Input<string>, workflowSpec: pulumi.Input<object>): object {
  return {
    schedules: [schedule],
    timezone: "Etc/UTC",
    concurrencyPolicy: "Forbid",
    startingDeadlineSeconds: 3600,
    successfulJobsHistoryLimit: 3,
    failedJobsHistoryLimit: 3,
    workflowSpec,
  };
}

function startedBy({ template }: TriggersArgs, trigger: string) {
  return {
    workflowTemplateRef: { name: template },
    arguments: { parameters: [{ name: "trigger", value: trigger }] },
  };
}

/** Looks first, and starts a run if there is something new. */
function watching(
  args: TriggersArgs,
  watcher: pulumi.Output<StagePods>,
  account: pulumi.Output<string>,
): pulumi.Output<object> {
  return pulumi.all([watcher, account, startedBy(args, "data")]).apply(([found, events, spec]) => {
    const own = { serviceAccountName: found.serviceAccount, speaksToApi: false };
    const look = podTemplate("look", found.stage, found.pod, own, {
      outputs: { "is-new": "no" },
    });
    return {
      entrypoint: "watch",
      serviceAccountName: found.serviceAccount,
      securityContext: restrictedPod,
      podGC: { strategy: "OnPodSuccess" },
      ttlStrategy: { secondsAfterCompletion: 86_400 },
      templates: [
        {
          name: "watch",
          steps: [
            [{ name: "look", template: look.name }],
            [{ name: "start", template: "start", when: "{{steps.look.outputs.parameters.is-new}} == yes" }],
          ],
        },
        look,
        {
          name: "start",
          serviceAccountName: events,
          metadata: { labels: found.pod.labels },
          resource: {
            action: "create",
            manifest: JSON.stringify({
              apiVersion: argoApi,
              kind: "Workflow",
              metadata: { generateName: `${spec.workflowTemplateRef.name}-` },
              spec,
            }),
          },
        },
      ],
    };
  });
}

/**
 * The account that events start runs by, with the token that Argo's server looks for under this name: it has no other way
 * to act for a sender who signs instead of carrying a token. docs/webhooks.md of Argo Workflows
 */
function eventsAccount(
  name: string,
  {
    name: account,
    ...metadata
  }: { name: string; namespace: pulumi.Input<string>; labels: { [label: string]: string } },
  opts: pulumi.CustomResourceOptions,
): EventsAccount {
  const made = new kubernetes.core.v1.ServiceAccount(
    `${name}-events-account`,
    { metadata: { ...metadata, name: account }, automountServiceAccountToken: false },
    opts,
  );
  const token = new kubernetes.core.v1.Secret(
    `${name}-events-token`,
    {
      metadata: {
        ...metadata,
        name: `${account}.service-account-token`,
        annotations: { "kubernetes.io/service-account.name": made.metadata.name },
      },
      type: "kubernetes.io/service-account-token",
    },
    // The cluster fills it in.
    { ...opts, ignoreChanges: ["data"] },
  );
  const role = new kubernetes.rbac.v1.Role(
    `${name}-events-role`,
    {
      metadata: { ...metadata, name: account },
      rules: [
        { apiGroups: ["argoproj.io"], resources: ["workfloweventbindings"], verbs: ["list"] },
        { apiGroups: ["argoproj.io"], resources: ["workflowtemplates"], verbs: ["get"] },
        { apiGroups: ["argoproj.io"], resources: ["workflows"], verbs: ["create", "get"] },
        { apiGroups: ["argoproj.io"], resources: ["workflowtaskresults"], verbs: ["create", "patch"] },
      ],
    },
    opts,
  );
  new kubernetes.rbac.v1.RoleBinding(
    `${name}-events-binding`,
    {
      metadata: { ...metadata, name: account },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subjects: [{ kind: "ServiceAccount", name: made.metadata.name, namespace: metadata.namespace }],
    },
    opts,
  );
  return { name: made.metadata.name, tokenSecret: token.metadata.name };
}

/** A push, whose signature Argo's server verifies before anything else. */
function pushTrigger(
  name: string,
  push: NonNullable<TriggersPlan["push"]>,
  account: EventsAccount,
  args: TriggersArgs,
  custom: Custom,
  opts: pulumi.CustomResourceOptions,
): pulumi.Output<string> {
  const secret = pulumi.secret(
    push.secret ??
      new random.RandomPassword(`${name}-push-secret`, { length: 48, special: false }, { parent: opts.parent }).result,
  );
  new kubernetes.core.v1.Secret(
    `${name}-push-clients`,
    {
      // The one name that Argo's server looks for in a namespace.
      metadata: {
        name: "argo-workflows-webhook-clients",
        namespace: args.namespace,
        labels: standardLabels(name, "mlops-pipeline", "events"),
      },
      stringData: pulumi.secret(
        pulumi.all([account.name, secret]).apply(([sender, own]) => ({
          [sender]: JSON.stringify({ type: push.provider, secret: own }),
        })),
      ),
    },
    opts,
  );
  custom(
    "push",
    "WorkflowEventBinding",
    pulumi.all([push.repository, push.branch, args.template]).apply(([repository, branch, template]) => {
      const { isPush, path, committedAt } = pushes[push.provider];
      const selector = [
        `discriminator == ${JSON.stringify(name)}`,
        isPush,
        `${path} == ${JSON.stringify(repository)}`,
        `payload.ref == ${JSON.stringify(`refs/heads/${branch}`)}`,
      ];
      return {
        event: { selector: selector.join(" && ") },
        submit: {
          workflowTemplateRef: { name: template },
          arguments: {
            parameters: [
              { name: "trigger", valueFrom: { event: '"push"' } },
              { name: "revision", valueFrom: { event: "payload.after" } },
              { name: "committed-at", valueFrom: { event: committedAt } },
            ],
          },
        },
      };
    }),
  );
  return secret;
}

/**
 * What a push looks like, that of a branch which was not deleted by it.
 * https://docs.github.com/en/webhooks/webhook-events-and-payloads#push
 * https://docs.gitlab.com/user/project/integrations/webhook_events/#push-events
 */
const pushes: Readonly<Record<GitProvider, { isPush: string; path: string; committedAt: string }>> = {
  [GitProvider.GitHub]: {
    isPush: 'metadata["x-github-event"] == ["push"] && payload.deleted == false',
    path: "payload.repository.full_name",
    committedAt: "payload.head_commit.timestamp",
  },
  [GitProvider.GitLab]: {
    isPush: 'metadata["x-gitlab-event"] == ["Push Hook"] && payload.checkout_sha != nil',
    path: "payload.project.path_with_namespace",
    committedAt: "payload.commits[len(payload.commits) - 1].timestamp",
  },
};

/** Alerts: Alertmanager sends them to Argo's server, as an account that may start runs. */
function driftTrigger(
  name: string,
  { alerts }: NonNullable<TriggersPlan["drift"]>,
  account: EventsAccount,
  args: TriggersArgs,
  custom: Custom,
  opts: pulumi.CustomResourceOptions,
): void {
  const labels = standardLabels(name, "mlops-pipeline", "events");
  const authority = new kubernetes.core.v1.ConfigMap(
    `${name}-argo-authority`,
    {
      metadata: { name: `${name}-argo-authority`, namespace: args.namespace, labels },
      data: { "ca.crt": args.argoAuthority as pulumi.Input<string> },
    },
    opts,
  );
  const binding = custom(
    "drift",
    "WorkflowEventBinding",
    args.template.apply((template) => ({
      event: { selector: `discriminator == ${JSON.stringify(`${name}-drift`)} && payload.status == "firing"` },
      submit: {
        workflowTemplateRef: { name: template },
        arguments: { parameters: [{ name: "trigger", valueFrom: { event: '"drift"' } }] },
      },
    })),
  );
  const receiver = "pipeline";
  new kubernetes.apiextensions.CustomResource(
    `${name}-drift-alerts`,
    {
      apiVersion: "monitoring.coreos.com/v1alpha1",
      kind: "AlertmanagerConfig",
      metadata: { name: `${name}-drift`, namespace: args.namespace, labels },
      spec: {
        route: {
          receiver,
          groupBy: ["alertname"],
          groupWait: "1m",
          groupInterval: "5m",
          // A run takes its time, and the alert goes on until its model is in production.
          repeatInterval: "24h",
          matchers: [
            { name: "alertname", matchType: "=~", value: pulumi.all(alerts).apply((names) => names.join("|")) },
          ],
        },
        receivers: [
          {
            name: receiver,
            webhookConfigs: [
              {
                url: pulumi.interpolate`${eventsUrl(args.namespace)}/${name}-drift`,
                sendResolved: false,
                httpConfig: {
                  authorization: { type: "Bearer", credentials: { name: account.tokenSecret, key: "token" } },
                  tlsConfig: {
                    ca: { configMap: { name: authority.metadata.name, key: "ca.crt" } },
                    serverName: argoHost,
                  },
                },
              },
            ],
          },
        ],
      },
    },
    { ...opts, dependsOn: [binding] },
  );
}

/** Where events about pipelines of a namespace are sent; what follows tells one kind from another. */
export function eventsUrl(namespace: pulumi.Input<string>): pulumi.Output<string> {
  return pulumi.interpolate`https://${argoHost}:${argoPort}/api/v1/events/${namespace}`;
}
