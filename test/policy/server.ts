/** Runs policies as the Pulumi engine does: through the functions that a policy pack's server answers with. */
import type { Policies } from "@pulumi/policy";
import { type Graph, type PlannedResource, Secret, Unknown, type Value } from "aistack-engine";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

// The server's own functions. They are internal to the package, so their types are stated here.
const { makeAnalyzeRpcFun, makeAnalyzeStackRpcFun, makeRemediateRpcFun } = require("@pulumi/policy/server");
const proto = require("@pulumi/pulumi/proto/analyzer_pb");

/** What the engine is told of a violation. */
export interface Violation {
  readonly policy: string;
  readonly message: string;
  readonly urn: string;
  readonly isMandatory: boolean;
}

// biome-ignore lint/suspicious/noExplicitAny: messages of Pulumi's protocol, whose classes have no types here
type Message = any;

/** How the engine writes a value that is not known yet. */
const unknownOnWire = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const mandatory = 1;

/** Every resource by its inputs, then the stack by its outputs. */
export async function violationsOf(graph: Graph, policies: Policies): Promise<Violation[]> {
  const resources = graph.resources.filter(({ read }) => !read);
  const found: Violation[] = [];
  const analyze = makeAnalyzeRpcFun("aistack", "0.1.0", "advisory", policies);
  for (const resource of resources) {
    const request = described(new proto.AnalyzeRequest(), resource, resource.inputs);
    found.push(...(await answered(analyze, request)).map((row) => ({ ...row, urn: row.urn || resource.urn })));
  }
  const analyzeStack = makeAnalyzeStackRpcFun("aistack", "0.1.0", "advisory", policies);
  const request = new proto.AnalyzeStackRequest();
  request.setResourcesList(
    resources.map((resource) => {
      const message = described(new proto.AnalyzerResource(), resource, resource.outputs);
      message.setParent(resource.parent ?? "");
      message.setDependenciesList([...resource.dependencies]);
      for (const [key, urns] of Object.entries(resource.propertyDependencies)) {
        const dependencies = new proto.AnalyzerPropertyDependencies();
        dependencies.setUrnsList([...urns]);
        message.getPropertydependenciesMap().set(key, dependencies);
      }
      return message;
    }),
  );
  return [...found, ...(await answered(analyzeStack, request))];
}

/** The inputs of a resource once remedies have acted; undefined where none did. */
export async function remediated(
  resource: PlannedResource,
  policies: Policies,
): Promise<Record<string, unknown> | undefined> {
  const remediate = makeRemediateRpcFun("aistack", "0.1.0", "remediate", policies);
  const request = described(new proto.AnalyzeRequest(), resource, resource.inputs);
  const response: Message = await call(remediate, request);
  return response.getRemediationsList()[0]?.getProperties().toJavaScript();
}

function described(
  message: Message,
  resource: PlannedResource,
  properties: { readonly [key: string]: Value },
): Message {
  message.setType(resource.type);
  message.setUrn(resource.urn);
  message.setName(resource.name);
  message.setProperties(Struct.fromJavaScript(onWire(properties) as never));
  const options = new proto.AnalyzerResourceOptions();
  options.setProtect(resource.options.protect ?? false);
  options.setParent(resource.parent ?? "");
  message.setOptions(options);
  return message;
}

function onWire(value: Value): unknown {
  if (value instanceof Secret) return onWire(value.reveal());
  if (value instanceof Unknown) return unknownOnWire;
  if (Array.isArray(value)) return value.map(onWire);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  return Object.fromEntries(entries.map(([key, item]) => [key, onWire(item)]));
}

async function answered(analyze: Message, request: Message): Promise<Violation[]> {
  const response = await call(analyze, request);
  return response.getDiagnosticsList().map((row: Message) => ({
    policy: row.getPolicyname(),
    message: row.getMessage(),
    urn: row.getUrn(),
    isMandatory: row.getEnforcementlevel() === mandatory,
  }));
}

function call(serve: Message, request: Message): Promise<Message> {
  return new Promise((resolve, reject) => {
    serve({ request }, (error: unknown, response: Message) => (error ? reject(error) : resolve(response)));
  });
}
