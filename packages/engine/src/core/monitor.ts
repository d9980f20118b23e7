/** The ResourceMonitor service: what a program calls to register, read and look things up. */
import type {
  ExistsResourceRequest,
  ReadResourceRequest,
  RegisterPackageRequest,
  RegisterResourceOutputsRequest,
  RegisterResourceRequest,
  ResourceCallRequest,
  ResourceInvokeRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import type { World } from "../answers/world";
import { type PropertyMap, Secret, unknown, type Value } from "../graph";
import { preview, simulate } from "../simulate";
import type { Deployment, Recorded } from "./deployment";
import { type Goal, goalOf, optionsOf, shown } from "./goal";
import type { CallbackHandle, Transforms } from "./transforms";
import { makeUrn } from "./urn";
import { encodeMap, type ProtoStruct, UNKNOWN, type WireMap } from "./wire";

export interface RegisterReply {
  urn: string;
  id: string;
  object: WireMap;
}
/** `undefined` as the answer means that it is wholly unknown. */
export interface InvokeReply {
  answer: WireMap | undefined;
}

export class Monitor {
  private readonly hooks = new Set<string>();
  /** URNs that are taken, although their resources are not recorded yet. */
  private readonly inTransforms = new Set<string>();

  constructor(
    private readonly deployment: Deployment,
    private readonly transforms: Transforms,
    private readonly world: World,
  ) {}

  /** Without transforms the reply is there at once: a promise per resource would be a good part of a plan's memory. */
  registerResource(request: RegisterResourceRequest): RegisterReply | Promise<RegisterReply> {
    const { deployment } = this;
    const parent = request.getParent() || undefined;
    const urn = makeUrn(deployment.urnContext, request.getType(), request.getName(), parent);
    if (deployment.byUrn.has(urn) || this.inTransforms.has(urn)) {
      const message = `Duplicate resource URN '${urn}'; try giving it a unique name`;
      throw deployment.error("duplicate", message, urn);
    }
    const goal = goalOf(request);
    const callbacks = this.transforms.of(urn, request.getTransformsList(), this.parents(parent));
    if (callbacks.length === 0)
      return this.register(urn, request, goal, request.getObject() as ProtoStruct | undefined);
    this.inTransforms.add(urn);
    return this.transforms
      .apply(callbacks, request, goal)
      .then((changed) => this.register(urn, request, changed.goal, changed.properties));
  }

  private register(
    urn: string,
    request: RegisterResourceRequest,
    goal: Goal,
    properties: ProtoStruct | undefined,
  ): RegisterReply {
    const { deployment } = this;
    const type = request.getType();
    const name = request.getName();
    const parent = request.getParent() || undefined;
    const decoder = deployment.decoder();
    const inputs = this.sealed(decoder.map(properties), goal.additionalSecretOutputs);
    const parentOptions = parent === undefined ? undefined : deployment.byUrn.get(parent)?.options;
    const custom = request.getCustom();
    const remote = request.getRemote();
    const resource: Recorded = {
      urn,
      type,
      name,
      ...(parent === undefined ? {} : { parent }),
      custom,
      read: false,
      remote,
      ...(goal.provider ? { provider: readable(goal.provider) } : {}),
      ...(goal.providers.size > 0 ? { providers: readableMap(goal.providers) } : {}),
      inputs,
      outputs: custom ? inputs : {},
      dependencies: sortedUnique(goal.dependencies),
      propertyDependencies: dependenciesByProperty(request, inputs),
      options: optionsOf(goal, parentOptions, { type, name, parent, context: deployment.urnContext }),
    };
    if (remote) {
      const message = `Another process would construct ${shown(urn)}: its children and outputs are not in this plan.`;
      deployment.log("warning", message, urn);
    }
    this.complete(resource, goal.importId || undefined);
    const id = resource.id ?? "";
    // Unchanged inputs go back without being encoded again.
    const same = resource.outputs === inputs && decoder.plain && goal.additionalSecretOutputs.length === 0;
    const object = same ? (inputs as WireMap) : encodeMap(this.outputsOnWire(resource), deployment.idOf);
    deployment.record(resource);
    return { urn, id, object };
  }

  /** Fills in id and outputs: what the mode's rules or the answers give, and nothing else. */
  private complete(resource: Recorded, existingId: string | undefined): void {
    const { deployment, world } = this;
    const simulating = deployment.options.mode === "simulate";
    if (existingId !== undefined) resource.id = existingId;
    if (resource.custom) {
      const derived = simulating ? simulate(resource, world) : { outputs: preview(resource, world) };
      if (simulating) resource.id ??= derived.id;
      const secretOutputs = resource.options.additionalSecretOutputs ?? [];
      if (derived.outputs) resource.outputs = { ...resource.outputs, ...this.sealed(derived.outputs, secretOutputs) };
    }
    // In a preview only what exists already has outputs that an answer could know.
    const answered = simulating || resource.read ? world.resourceAnswer(resource) : undefined;
    if (answered === undefined) return;
    const { id, ...outputs } = answered;
    if (typeof id === "string") resource.id = id;
    resource.outputs = { ...resource.outputs, ...this.sealed(outputs, resource.options.additionalSecretOutputs ?? []) };
  }

  /** Outputs for the program: a secret output that nothing gives is unknown, and still secret. */
  private outputsOnWire(resource: Recorded): PropertyMap {
    const secrets = resource.options.additionalSecretOutputs ?? [];
    const missing = secrets.filter((key) => !(key in resource.outputs));
    if (missing.length === 0 || !resource.custom) return resource.outputs;
    resource.outputs = { ...resource.outputs, ...Object.fromEntries(missing.map((key) => [key, new Secret(unknown)])) };
    return resource.outputs;
  }

  /** Marks the named properties as secret. */
  private sealed(properties: PropertyMap, keys: readonly string[]): PropertyMap {
    let result: Record<string, Value> | undefined;
    for (const key of keys) {
      const value = properties[key];
      if (value === undefined || value instanceof Secret) continue;
      result ??= { ...properties };
      result[key] = new Secret(value);
      this.deployment.noteSecret(value);
    }
    return result ?? properties;
  }

  private *parents(urn: string | undefined): Iterable<string> {
    for (let at = urn; at !== undefined; at = this.deployment.byUrn.get(at)?.parent) yield at;
  }

  readResource(request: ReadResourceRequest): RegisterReply {
    const { deployment, world } = this;
    const type = request.getType();
    const name = request.getName();
    const parent = request.getParent() || undefined;
    const urn = makeUrn(deployment.urnContext, type, name, parent);
    const id = request.getId();
    const inputs = deployment.decode(request.getProperties() as ProtoStruct | undefined);
    const secretOutputs = request.getAdditionalsecretoutputsList();
    const provider = request.getProvider();
    const resource: Recorded = {
      urn,
      type,
      name,
      ...(parent === undefined ? {} : { parent }),
      custom: true,
      read: true,
      remote: false,
      ...(provider ? { provider: readable(provider) } : {}),
      inputs,
      outputs: this.sealed(inputs, secretOutputs),
      dependencies: sortedUnique(request.getDependenciesList()),
      propertyDependencies: {},
      options: secretOutputs.length > 0 ? { additionalSecretOutputs: secretOutputs } : {},
    };
    if (type === "pulumi:pulumi:StackReference") {
      resource.id = id;
      resource.outputs = world.stackReference(String(inputs.name ?? id));
      deployment.noteSecretsIn(resource.outputs);
    } else {
      this.complete(resource, id === UNKNOWN ? undefined : id);
    }
    const object = encodeMap(this.outputsOnWire(resource), deployment.idOf);
    // The same thing may be read twice, as the engine allows.
    if (!deployment.byUrn.has(urn)) deployment.record(resource);
    return { urn, id: resource.id ?? "", object };
  }

  /** Nothing here can know; the SDK takes it as unknown in a preview. */
  existsResource(_request: ExistsResourceRequest): { exists: boolean; unknown: boolean } {
    return { exists: false, unknown: true };
  }

  registerResourceOutputs(request: RegisterResourceOutputsRequest): void {
    const { deployment } = this;
    const resource = deployment.byUrn.get(request.getUrn());
    if (resource === undefined) throw new Error(`unknown resource ${request.getUrn()}`);
    const outputs = deployment.decode(request.getOutputs() as ProtoStruct | undefined);
    resource.outputs = this.sealed(outputs, resource.options.additionalSecretOutputs ?? []);
    if (resource.parent === undefined && resource.type === "pulumi:pulumi:Stack") deployment.outputs = resource.outputs;
  }

  async invoke(request: ResourceInvokeRequest): Promise<InvokeReply> {
    const { deployment, world } = this;
    const token = request.getTok();
    let args = request.getArgs() as ProtoStruct | undefined;
    let provider = request.getProvider();
    if (token === "pulumi:pulumi:getResource") return { answer: this.getResource(deployment.decode(args)) };
    if (this.transforms.hasInvokeTransforms) {
      ({ args, provider } = await this.transforms.applyToInvoke(token, args, provider, request.getVersion()));
    }
    const decoder = deployment.decoder();
    const values = decoder.map(args);
    if (decoder.hasUnknowns) return { answer: undefined };
    // Not in the lowest supported SDK, which holds such an invoke back itself.
    const waitsFor = request.getDependsonList?.() ?? [];
    if (waitsFor.some((urn) => this.isStillToCome(urn))) return { answer: undefined };
    const answer = world.invoke(token, revealed(values) as PropertyMap, provider ? readable(provider) : undefined);
    deployment.noteSecretsIn(answer);
    return { answer: encodeMap(answer, deployment.idOf) };
  }

  /** A resource that does not exist before the first update. */
  private isStillToCome(urn: string): boolean {
    const resource = this.deployment.byUrn.get(urn);
    return resource?.custom === true && resource.id === undefined;
  }

  call(request: ResourceCallRequest): { answer: WireMap } {
    const args = this.deployment.decode(request.getArgs() as ProtoStruct | undefined);
    const answer = this.world.call(request.getTok(), args);
    this.deployment.noteSecretsIn(answer);
    return { answer: encodeMap(answer, this.deployment.idOf) };
  }

  private getResource(args: PropertyMap): WireMap {
    const urn = String(args.urn);
    const resource = this.deployment.byUrn.get(urn);
    if (resource === undefined) throw new Error(`unknown resource ${urn}`);
    return { urn, id: resource.id ?? "", state: encodeMap(resource.outputs, this.deployment.idOf) };
  }

  registerStackTransform(callback: CallbackHandle): void {
    this.transforms.addToStack(callback);
  }

  registerStackInvokeTransform(callback: CallbackHandle): void {
    this.transforms.addToInvokes(callback);
  }

  /** A hook runs in an update only; resources name it in their options. */
  registerHook(name: string): void {
    if (this.hooks.has(name)) throw new Error(`resource hook already registered for name "${name}"`);
    this.hooks.add(name);
  }

  /** The reference only has to be the same for the same package. */
  registerPackage(request: RegisterPackageRequest): { ref: string } {
    const parameters = request.getParameterization();
    const named = [request.getName(), request.getVersion(), parameters?.getName(), parameters?.getVersion()];
    return { ref: named.filter(Boolean).join("@") };
  }
}

/** `urn::id` with the wire's mark for an unknown id made readable. */
function readable(reference: string): string {
  return reference.replace(UNKNOWN, "unknown");
}

function readableMap(references: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...references].map(([name, reference]) => [name, readable(reference)]));
}

function sortedUnique(urns: readonly string[]): readonly string[] {
  return urns.length < 2 ? urns : [...new Set(urns)].sort();
}

function dependenciesByProperty(
  request: RegisterResourceRequest,
  inputs: PropertyMap,
): Record<string, readonly string[]> {
  const result: Record<string, readonly string[]> = {};
  const map = request.getPropertydependenciesMap();
  map.forEach((dependencies: { getUrnsList(): string[] }, key: string) => {
    const urns = dependencies.getUrnsList();
    // A transform may have taken the property away.
    if (urns.length > 0 && key in inputs) result[key] = sortedUnique(urns);
  });
  return result;
}

function revealed(value: Value): Value {
  if (value instanceof Secret) return revealed(value.reveal());
  if (Array.isArray(value)) return value.map(revealed);
  if (value === null || typeof value !== "object" || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, revealed(item)]));
}
