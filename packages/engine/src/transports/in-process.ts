/** Runs a program in this process: the SDK's own monitor and engine clients are replaced by direct calls. */
import type { AsyncLocalStorage } from "node:async_hooks";
import { join } from "node:path";
import * as log from "@pulumi/pulumi/log";
import { Resource } from "@pulumi/pulumi/resource";
import { CallbackServer } from "@pulumi/pulumi/runtime/callbacks";
import * as config from "@pulumi/pulumi/runtime/config";
import * as debuggable from "@pulumi/pulumi/runtime/debuggable";
import * as settings from "@pulumi/pulumi/runtime/settings";
import * as stackRuntime from "@pulumi/pulumi/runtime/stack";
import * as state from "@pulumi/pulumi/runtime/state";
import { World } from "../answers/world";
import { Deployment } from "../core/deployment";
import { Monitor } from "../core/monitor";
import { engineHandlers, type Handlers, monitorHandlers, type Replies } from "../core/services";
import { type CallbackHandle, Transforms } from "../core/transforms";
import type { WireMap } from "../core/wire";
import { fromThrown, PlanError } from "../errors";
import type { Graph } from "../graph";
import type { PlanOptions } from "../options";
import { guarded } from "./guard";

/** What the SDK keeps per run. Its own declarations leave these internals out. */
interface Store {
  settings: { monitor?: unknown; engine?: unknown };
  callbacks?: unknown;
  /** The plan that the store belongs to. */
  deployment?: Deployment;
}
const internals = state as unknown as {
  getStore(): Store;
  withLocalStorage?<T>(run: () => T): T;
  LocalStore: new () => Store;
  asyncLocalStorage: AsyncLocalStorage<Store>;
};

/** Gives the run a store of its own. The SDK's function for it is younger than the lowest supported release. */
function withStore<T>(run: () => T): T {
  return internals.withLocalStorage?.(run) ?? internals.asyncLocalStorage.run(new internals.LocalStore(), run);
}

export async function planInProcess(program: () => unknown, options: PlanOptions = {}): Promise<Graph> {
  const deployment = new Deployment(settled(options));
  const { project, stack, organization } = deployment.options;
  const timeoutMs = options.timeoutMs ?? 60_000;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(deployment.timedOut(timeoutMs)), timeoutMs);
  });
  const started = performance.now();
  try {
    const running = () => internals.getStore().deployment;
    await guarded(deployment, running, () =>
      withStore(async () => {
        settings.resetOptions(project, stack, -1, "", "mock", true, organization);
        connect(deployment);
        config.setAllConfig({ ...deployment.options.config }, [...deployment.options.secretConfigKeys]);
        const run = (async () => {
          await stackRuntime.runInPulumiStack(async () => program());
          await settings.disconnect(true);
        })();
        // What a failed plan leaves behind is a consequence of the failure.
        run.catch(() => {});
        await Promise.race([run, deployment.failed, timeout]);
      }),
    );
  } catch (error) {
    throw deployment.failure ?? deployment.fail(fromThrown(error));
  } finally {
    clearTimeout(timer);
  }
  const failed = deployment.diagnostics.find(({ severity }) => severity === "error");
  if (failed !== undefined) throw deployment.fail(new PlanError("program", failed.message, { urn: failed.urn }));
  return deployment.graph({ program: performance.now() - started });
}

function settled(options: PlanOptions): ConstructorParameters<typeof Deployment>[0] {
  const project = options.project ?? "project";
  const full = (key: string) => (key.includes(":") ? key : `${project}:${key}`);
  const given = Object.entries(options.config ?? {});
  return {
    project,
    stack: options.stack ?? "dev",
    organization: options.organization ?? "organization",
    mode: options.mode ?? "preview",
    config: Object.fromEntries(given.map(([key, value]) => [full(key), value])),
    secretConfigKeys: (options.secretConfigKeys ?? []).map(full),
    answers: options.answers ?? {},
    onResource: options.onResource,
    debug: options.debug,
  };
}

function connect(deployment: Deployment): void {
  const store = internals.getStore();
  store.deployment = deployment;
  const callbacks = localCallbacks();
  const transforms = new Transforms((callback, request) => callbacks.run(callback, request));
  const monitor = new Monitor(deployment, transforms, new World(deployment));
  store.settings.monitor = client(
    deployment,
    monitorHandlers(monitor, deployment, REPLIES, () => {}),
  );
  store.settings.engine = Object.assign(client(deployment, engineHandlers(deployment, REPLIES)), {
    quiet: deployment.options.debug !== true,
  });
  callbacks.server._monitor = store.settings.monitor;
  store.callbacks = callbacks.server;
}

/**
 * The SDK's registry of callbacks (transforms, hooks) without the gRPC server that its constructor starts. Calling the
 * registered function directly also keeps the async context, which a gRPC call would lose.
 */
function localCallbacks() {
  const registered = new Map<string, (request: Uint8Array) => Promise<{ serializeBinary(): Uint8Array }>>();
  const server = Object.assign(Object.create(CallbackServer.prototype), {
    _callbacks: registered,
    _pendingRegistrations: 0,
    _awaitQueue: [],
    _monitor: undefined as unknown,
    _target: Promise.resolve("in-process"),
    _server: { forceShutdown() {} },
  });
  const run = async (callback: CallbackHandle, request: Uint8Array) => {
    const registeredCallback = registered.get(callback.getToken());
    if (registeredCallback === undefined) throw new Error(`callback not found: ${callback.getToken()}`);
    return (await registeredCallback(request)).serializeBinary();
  };
  return { server, run };
}

type Callback = (error: unknown, reply?: unknown) => void;

/**
 * A gRPC client's shape over handlers. Once the plan has failed no call returns any more, so that what is left of the
 * program stops where it is, instead of failing in its own way after the plan is over.
 */
function client(deployment: Deployment, handlers: Handlers): Record<string, unknown> {
  const call = (handler: (request: unknown) => unknown) => (request: unknown, callback: Callback) => {
    const failed = (error: unknown) => {
      if (deployment.failure !== undefined) return;
      const message = error instanceof Error ? error.message : String(error);
      callback(Object.assign(new Error(message), { code: 2, details: message }));
    };
    if (deployment.failure !== undefined) return;
    try {
      const reply = handler(request);
      if (reply instanceof Promise) reply.then((value) => callback(null, value), failed);
      else callback(null, reply ?? {});
    } catch (error) {
      failed(error);
    }
  };
  return Object.fromEntries(Object.entries(handlers).map(([name, handler]) => [name, call(handler)]));
}

/** The SDK reads a Struct by `toJavaScript` alone, so that no message has to be built. */
const structOf = (map: WireMap) => ({ toJavaScript: () => map });

const REPLIES: Replies = {
  registered: ({ urn, id, object }) => ({
    getUrn: () => urn,
    getId: () => id,
    getObject: () => structOf(object),
    getPropertydependenciesMap: () => undefined,
    getResult: () => 0,
    getUnknown: () => false,
  }),
  read: ({ urn, object }) => ({ getUrn: () => urn, getProperties: () => structOf(object), getUnknown: () => false }),
  returned: (answer) => ({
    getFailuresList: () => [],
    getReturn: () => (answer === undefined ? undefined : invokeStruct(answer)),
    getUnknown: () => answer === undefined,
  }),
  called: (answer) => ({
    getFailuresList: () => [],
    getReturn: () => structOf(answer),
    getReturndependenciesMap: () => undefined,
  }),
  exists: (reply) => ({ getExists: () => reply.exists, getUnknown: () => reply.unknown }),
  supports: (has) => ({ getHassupport: () => has }),
  deployment: (info) => ({ getSupportedfeaturesList: () => info.features }),
  package: (ref) => ({ getRef: () => ref }),
  rootResource: (urn) => ({ getUrn: () => urn }),
};

/** For `getResource`, the SDK reads the fields of the answer one by one. */
function invokeStruct(answer: WireMap) {
  const field = (name: string) => ({
    toJavaScript: () => answer[name],
    getStructValue: () => structOf(answer[name] as WireMap),
  });
  return { ...structOf(answer), getFieldsMap: () => ({ get: field }) };
}

type Quiet = (
  sdk: { log: unknown; debuggable: unknown; Resource: unknown },
  isQuiet: () => boolean,
  keep: { leaks: boolean },
) => void;
const { quiet } = require(join(__dirname, "..", "..", "child", "quiet.js")) as { quiet: Quiet };
const isQuiet = () => (internals.getStore().settings.engine as { quiet?: boolean } | undefined)?.quiet === true;
quiet({ log, debuggable, Resource }, isQuiet, { leaks: false });
