/**
 * The two gRPC services that a program talks to, as handlers by method name. Both transports serve exactly these: the
 * child over a socket, with real reply messages; in process as direct calls, with the lightest reply that the SDK reads.
 */
import type { LogRequest, SetRootResourceRequest } from "@pulumi/pulumi/proto/engine_pb";
import type { Deployment } from "./deployment";
import type { Monitor, RegisterReply } from "./monitor";
import type { WireMap } from "./wire";

/** Makes reply messages. Setters that a reply of the program's SDK does not know are left out by the transport. */
export interface Replies {
  registered(reply: RegisterReply): unknown;
  read(reply: RegisterReply): unknown;
  returned(answer: WireMap | undefined): unknown;
  called(answer: WireMap): unknown;
  exists(reply: { exists: boolean; unknown: boolean }): unknown;
  supports(has: boolean): unknown;
  deployment(info: DeploymentFacts): unknown;
  package(ref: string): unknown;
  rootResource(urn: string): unknown;
}

export interface DeploymentFacts {
  project: string;
  stack: string;
  organization: string;
  secretConfigKeys: readonly string[];
  features: readonly number[];
}

/** A handler that returns nothing has an empty reply, which the transport makes. */
// biome-ignore lint/suspicious/noExplicitAny: each handler takes its own request message
export type Handlers = Readonly<Record<string, (request: any) => unknown>>;

/** By the name that a program asks for with SupportsFeature, and by the number in GetDeploymentInfo. */
const FEATURES: Readonly<Record<string, number>> = {
  secrets: 0,
  resourceReferences: 1,
  outputValues: 2,
  aliasSpecs: 3,
  replacementTrigger: 4,
  deletedWith: 5,
  replaceWith: 6,
  transforms: 7,
  invokeTransforms: 8,
  parameterization: 9,
  resourceHooks: 10,
  errorHooks: 11,
  invokeDependsOn: 14,
  stateMigrations: 16,
};

export function monitorHandlers(
  monitor: Monitor,
  deployment: Deployment,
  replies: Replies,
  ended: () => void,
): Handlers {
  const { project, stack, organization, secretConfigKeys } = deployment.options;
  /** A call that cannot be answered at once is pending until it is. */
  const answered = <T>(what: () => string, result: T | Promise<T>, reply: (result: T) => unknown): unknown =>
    result instanceof Promise ? result.then(reply).finally(deployment.begin(what())) : reply(result);
  return {
    registerResource: (request) =>
      answered(
        () => `registration of ${request.getType()} "${request.getName()}"`,
        monitor.registerResource(request),
        replies.registered,
      ),
    readResource: (request) => replies.read(monitor.readResource(request)),
    existsResource: (request) => replies.exists(monitor.existsResource(request)),
    registerResourceOutputs: (request) => {
      monitor.registerResourceOutputs(request);
    },
    invoke: (request) =>
      answered(
        () => `invoke of ${request.getTok()}`,
        monitor.invoke(request),
        ({ answer }) => replies.returned(answer),
      ),
    call: (request) => replies.called(monitor.call(request).answer),
    supportsFeature: (request) => replies.supports(request.getId() in FEATURES),
    getDeploymentInfo: () =>
      replies.deployment({ project, stack, organization, secretConfigKeys, features: Object.values(FEATURES) }),
    registerStackTransform: (request) => {
      monitor.registerStackTransform(request);
    },
    registerStackInvokeTransform: (request) => {
      monitor.registerStackInvokeTransform(request);
    },
    registerResourceHook: (request) => {
      monitor.registerHook(request.getName());
    },
    registerErrorHook: (request) => {
      monitor.registerHook(request.getName());
    },
    registerPackage: (request) => replies.package(monitor.registerPackage(request).ref),
    signalAndWaitForShutdown: () => {
      ended();
    },
  };
}

const SEVERITIES = ["debug", "info", "warning", "error"] as const;

export function engineHandlers(deployment: Deployment, replies: Replies): Handlers {
  let root = "";
  return {
    log: (request: LogRequest) => {
      const severity = SEVERITIES[request.getSeverity()] ?? "info";
      // Ephemeral messages are progress, which a terminal shows and forgets.
      const dropped = request.getEphemeral() || (severity === "debug" && deployment.options.debug !== true);
      if (!dropped) deployment.log(severity, request.getMessage(), request.getUrn());
    },
    getRootResource: () => replies.rootResource(root),
    setRootResource: (request: SetRootResourceRequest) => {
      root = request.getUrn();
    },
    // No debugger can be attached to a plan, and no version of the CLI takes part in it.
    startDebugging: () => {},
    requirePulumiVersion: () => {},
  };
}
