/** Applies a program's transforms to its resources and invokes, in the engine's order: own, parents', the stack's. */
import {
  type RegisterResourceRequest,
  TransformInvokeOptions,
  TransformInvokeRequest,
  TransformInvokeResponse,
  TransformRequest,
  TransformResourceOptions,
  TransformResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { entries, type Goal } from "./goal";
import type { ProtoStruct } from "./wire";

/** A function in the program that the engine may call back, as the SDK registers it. */
export interface CallbackHandle {
  getToken(): string;
  getTarget(): string;
}
export type RunCallback = (callback: CallbackHandle, request: Uint8Array) => Promise<Uint8Array>;

export class Transforms {
  private readonly own = new Map<string, readonly CallbackHandle[]>();
  private readonly stack: CallbackHandle[] = [];
  private readonly invokes: CallbackHandle[] = [];

  constructor(private readonly run: RunCallback) {}

  addToStack(callback: CallbackHandle): void {
    this.stack.push(callback);
  }

  addToInvokes(callback: CallbackHandle): void {
    this.invokes.push(callback);
  }

  /** Those that apply to a resource. `parents` goes from the nearest to the farthest. */
  of(urn: string, own: readonly CallbackHandle[], parents: Iterable<string>): readonly CallbackHandle[] {
    if (own.length > 0) this.own.set(urn, own);
    if (this.own.size === 0) return this.stack;
    const all = [...own];
    for (const parent of parents) all.push(...(this.own.get(parent) ?? []));
    return all.concat(this.stack);
  }

  async apply(
    callbacks: readonly CallbackHandle[],
    request: RegisterResourceRequest,
    goal: Goal,
  ): Promise<{ goal: Goal; properties: ProtoStruct | undefined }> {
    let properties = request.getObject();
    let options = toOptions(goal, request.getCustom());
    for (const callback of callbacks) {
      const message = new TransformRequest();
      message.setType(request.getType());
      message.setName(request.getName());
      message.setCustom(request.getCustom());
      message.setParent(request.getParent());
      message.setProperties(properties);
      message.setOptions(options);
      const response = TransformResponse.deserializeBinary(await this.run(callback, message.serializeBinary()));
      properties = response.getProperties() ?? properties;
      options = response.getOptions() ?? options;
    }
    return { goal: fromOptions(options, goal, request.getCustom()), properties: properties as ProtoStruct | undefined };
  }

  get hasInvokeTransforms(): boolean {
    return this.invokes.length > 0;
  }

  async applyToInvoke(
    token: string,
    args: ProtoStruct | undefined,
    provider: string,
    version: string,
  ): Promise<{ args: ProtoStruct | undefined; provider: string }> {
    let current = args;
    let options = new TransformInvokeOptions();
    options.setProvider(provider);
    options.setVersion(version);
    for (const callback of this.invokes) {
      const message = new TransformInvokeRequest();
      message.setToken(token);
      message.setArgs(current as Parameters<typeof message.setArgs>[0]);
      message.setOptions(options);
      const response = TransformInvokeResponse.deserializeBinary(await this.run(callback, message.serializeBinary()));
      current = (response.getArgs() as ProtoStruct | undefined) ?? current;
      options = response.getOptions() ?? options;
    }
    return { args: current, provider: options.getProvider() };
  }
}

function toOptions(goal: Goal, custom: boolean): TransformResourceOptions {
  const options = new TransformResourceOptions();
  options.setDependsOnList([...goal.dependencies]);
  if (goal.protect !== undefined) options.setProtect(goal.protect);
  options.setIgnoreChangesList([...goal.ignoreChanges]);
  options.setReplaceOnChangesList([...goal.replaceOnChanges]);
  options.setVersion(goal.version);
  options.setAliasesList([...goal.aliases]);
  options.setProvider(goal.provider);
  options.setCustomTimeouts(goal.customTimeouts);
  options.setPluginDownloadUrl(goal.pluginDownloadUrl);
  if (goal.retainOnDelete !== undefined) options.setRetainOnDelete(goal.retainOnDelete);
  options.setDeletedWith(goal.deletedWith);
  options.setReplaceWithList?.([...goal.replaceWith]);
  if (goal.deleteBeforeReplace !== undefined) options.setDeleteBeforeReplace(goal.deleteBeforeReplace);
  options.setAdditionalSecretOutputsList([...goal.additionalSecretOutputs]);
  options.setImport?.(goal.importId);
  options.setHooks?.(goal.hooks);
  if (!custom) for (const [name, reference] of goal.providers) options.getProvidersMap().set(name, reference);
  return options;
}

function fromOptions(options: TransformResourceOptions, before: Goal, custom: boolean): Goal {
  const providers = custom ? before.providers : entries(options.getProvidersMap());
  return {
    dependencies: options.getDependsOnList(),
    provider: options.getProvider(),
    // The SDK empties this map on the way back when a transform returns options.
    providers: providers.size > 0 ? providers : before.providers,
    aliases: options.getAliasesList(),
    aliasUrns: before.aliasUrns,
    customTimeouts: options.getCustomTimeouts(),
    hooks: options.getHooks?.(),
    protect: options.hasProtect?.() === false ? undefined : options.getProtect(),
    retainOnDelete: options.hasRetainOnDelete?.() === false ? undefined : options.getRetainOnDelete(),
    deleteBeforeReplace: options.hasDeleteBeforeReplace() ? options.getDeleteBeforeReplace() : undefined,
    deletedWith: options.getDeletedWith(),
    replaceWith: options.getReplaceWithList?.() ?? [],
    ignoreChanges: options.getIgnoreChangesList(),
    replaceOnChanges: options.getReplaceOnChangesList(),
    additionalSecretOutputs: options.getAdditionalSecretOutputsList(),
    importId: options.getImport?.() ?? before.importId,
    version: options.getVersion(),
    pluginDownloadUrl: options.getPluginDownloadUrl(),
  };
}
