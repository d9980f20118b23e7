/** Serves the engine's two services on a loopback port, and calls a program's callbacks back. */
import * as grpc from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import { CallbackInvokeRequest } from "@pulumi/pulumi/proto/callback_pb";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Deployment } from "../core/deployment";
import type { Handlers, Replies } from "../core/services";
import type { CallbackHandle } from "../core/transforms";
import type { WireMap } from "../core/wire";

/** As large as the SDK's own limit. */
const LIMITS = { "grpc.max_receive_message_length": 400 * 1024 * 1024, "grpc.enable_http_proxy": 0 };

/** Setters of a reply message; one that this SDK's version lacks is left out. */
type Message = Record<string, ((value: unknown) => void) | undefined>;
type MessageClass = new () => Message;
interface Method {
  responseType: MessageClass;
}

export interface Served {
  address: string;
  close(): void;
}

export async function serve(deployment: Deployment, monitor: Handlers, engine: Handlers): Promise<Served> {
  const server = new grpc.Server(LIMITS);
  for (const [service, handlers] of [
    [ResourceMonitorService, monitor],
    [EngineService, engine],
  ] as const) {
    const definition = service as unknown as grpc.ServiceDefinition;
    const known = Object.entries(handlers).filter(([name]) => name in definition);
    const unary = known.map(([name, handler]) => [
      name,
      unaryCall(deployment, handler, () => message(service, name, {})),
    ]);
    server.addService(definition, Object.fromEntries(unary));
  }
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    );
  });
  return { address: `127.0.0.1:${port}`, close: () => server.forceShutdown() };
}

function unaryCall(deployment: Deployment, handler: (request: unknown) => unknown, empty: () => unknown) {
  return async (call: { request: unknown }, callback: (error: object | null, reply?: unknown) => void) => {
    // As when the engine goes away: the SDK then stops without reporting anything further.
    const gone = { code: grpc.status.UNAVAILABLE, details: "Resource monitor is terminating" };
    if (deployment.failure !== undefined) return callback(gone);
    try {
      callback(null, (await handler(call.request)) ?? empty());
    } catch (error) {
      const details = error instanceof Error ? error.message : String(error);
      callback(deployment.failure !== undefined ? gone : { code: grpc.status.UNKNOWN, details });
    }
  };
}

/** Reply classes have moved between SDK releases; the service's own definition says which one to use. */
function message(service: unknown, method: string, values: Readonly<Record<string, unknown>>): unknown {
  const definition = (service as Record<string, Method | undefined>)[method];
  if (definition === undefined) return undefined;
  const reply = new definition.responseType();
  for (const [setter, value] of Object.entries(values)) reply[setter]?.(value);
  return reply;
}

const struct = (map: WireMap) => Struct.fromJavaScript(map as Parameters<typeof Struct.fromJavaScript>[0]);

const monitorReply = (method: string, values: Readonly<Record<string, unknown>>) =>
  message(ResourceMonitorService, method, values);

export const REPLIES: Replies = {
  registered: ({ urn, id, object }) =>
    monitorReply("registerResource", { setUrn: urn, setId: id, setObject: struct(object) }),
  read: ({ urn, object }) => monitorReply("readResource", { setUrn: urn, setProperties: struct(object) }),
  returned: (answer) =>
    monitorReply(
      "invoke",
      answer === undefined ? { setReturn: struct({}), setUnknown: true } : { setReturn: struct(answer) },
    ),
  called: (answer) => monitorReply("call", { setReturn: struct(answer) }),
  exists: (reply) => monitorReply("existsResource", { setExists: reply.exists, setUnknown: reply.unknown }),
  supports: (has) => monitorReply("supportsFeature", { setHassupport: has }),
  deployment: (info) =>
    monitorReply("getDeploymentInfo", {
      setProject: info.project,
      setStack: info.stack,
      setOrganization: info.organization,
      setConfigsecretkeysList: info.secretConfigKeys,
      setDryrun: true,
      setSupportedfeaturesList: info.features,
    }),
  package: (ref) => monitorReply("registerPackage", { setRef: ref }),
  rootResource: (urn) => message(EngineService, "getRootResource", { setUrn: urn }),
};

/** Calls functions in the program; one connection per address. */
export class CallbackClients {
  private readonly clients = new Map<string, CallbacksClient>();

  run = (callback: CallbackHandle, request: Uint8Array): Promise<Uint8Array> => {
    const target = callback.getTarget();
    let client = this.clients.get(target);
    if (client === undefined) {
      client = new CallbacksClient(target, grpc.credentials.createInsecure(), LIMITS);
      this.clients.set(target, client);
    }
    const call = new CallbackInvokeRequest();
    call.setToken(callback.getToken());
    call.setRequest(request);
    const used = client;
    return new Promise((resolve, reject) => {
      used.invoke(call, (error: grpc.ServiceError | null, reply: { getResponse_asU8(): Uint8Array }) =>
        error ? reject(new Error(error.details)) : resolve(reply.getResponse_asU8()),
      );
    });
  };

  close(): void {
    for (const client of this.clients.values()) client.close();
  }
}
