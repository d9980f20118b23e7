/**
 * What a program asks of one resource, before it is recorded: the form that transforms change.
 *
 * Options are kept as the SDK's own TransformResourceOptions message, because that is what a transform takes and
 * returns, and it is only built when there is a transform.
 */
import type { Alias } from "@pulumi/pulumi/proto/alias_pb";
import type { RegisterResourceRequest } from "@pulumi/pulumi/proto/resource_pb";
import type { ResourceOptions } from "../graph";
import { makeUrn, nameOf, typeOf, type UrnContext } from "./urn";

/** The getters that a registration and a transform's options share under different names, read once. */
export interface Goal {
  dependencies: readonly string[];
  provider: string;
  providers: ReadonlyMap<string, string>;
  aliases: readonly Alias[];
  aliasUrns: readonly string[];
  customTimeouts?: RegisterResourceRequest.CustomTimeouts;
  hooks?: RegisterResourceRequest.ResourceHooksBinding;
  protect?: boolean;
  retainOnDelete?: boolean;
  deleteBeforeReplace?: boolean;
  deletedWith: string;
  replaceWith: readonly string[];
  ignoreChanges: readonly string[];
  replaceOnChanges: readonly string[];
  additionalSecretOutputs: readonly string[];
  importId: string;
  version: string;
  pluginDownloadUrl: string;
}

const NONE: ReadonlyMap<string, string> = new Map();

export function goalOf(request: RegisterResourceRequest): Goal {
  return {
    dependencies: request.getDependenciesList(),
    provider: request.getProvider(),
    providers: request.getCustom() ? NONE : entries(request.getProvidersMap()),
    aliases: request.getAliasesList(),
    aliasUrns: request.getAliasurnsList(),
    customTimeouts: request.getCustomtimeouts(),
    hooks: request.getHooks?.(),
    protect: request.hasProtect?.() === false ? undefined : request.getProtect(),
    retainOnDelete: request.hasRetainondelete?.() === false ? undefined : request.getRetainondelete(),
    deleteBeforeReplace: request.getDeletebeforereplacedefined() ? request.getDeletebeforereplace() : undefined,
    deletedWith: request.getDeletedwith(),
    // Not in the lowest supported SDK.
    replaceWith: request.getReplaceWithList?.() ?? [],
    ignoreChanges: request.getIgnorechangesList(),
    replaceOnChanges: request.getReplaceonchangesList(),
    additionalSecretOutputs: request.getAdditionalsecretoutputsList(),
    importId: request.getImportid(),
    version: request.getVersion(),
    pluginDownloadUrl: request.getPlugindownloadurl(),
  };
}

interface ProtoMap {
  forEach(visit: (value: string, key: string) => void): void;
}

export function entries(map: ProtoMap): ReadonlyMap<string, string> {
  const result = new Map<string, string>();
  map.forEach((value, key) => {
    result.set(key, value);
  });
  return result;
}

/** Options as a graph shows them: only what differs from the engine's default. */
export function optionsOf(
  goal: Goal,
  parent: ResourceOptions | undefined,
  resource: { type: string; name: string; parent?: string; context: UrnContext },
): ResourceOptions {
  const options: { -readonly [K in keyof ResourceOptions]: ResourceOptions[K] } = {};
  // The engine hands these two down to children that do not say otherwise.
  const protect = goal.protect ?? parent?.protect;
  if (protect !== undefined) options.protect = protect;
  const retainOnDelete = goal.retainOnDelete ?? parent?.retainOnDelete;
  if (retainOnDelete !== undefined) options.retainOnDelete = retainOnDelete;
  if (goal.deleteBeforeReplace !== undefined) options.deleteBeforeReplace = goal.deleteBeforeReplace;
  if (goal.deletedWith) options.deletedWith = goal.deletedWith;
  if (goal.replaceWith.length > 0) options.replaceWith = goal.replaceWith;
  if (goal.ignoreChanges.length > 0) options.ignoreChanges = goal.ignoreChanges;
  if (goal.replaceOnChanges.length > 0) options.replaceOnChanges = goal.replaceOnChanges;
  if (goal.additionalSecretOutputs.length > 0) options.additionalSecretOutputs = goal.additionalSecretOutputs;
  const aliases = [...new Set([...goal.aliasUrns, ...goal.aliases.map((alias) => aliasUrn(alias, resource))])];
  if (aliases.length > 0) options.aliases = aliases;
  const timeouts = timeoutsOf(goal.customTimeouts);
  if (timeouts) options.customTimeouts = timeouts;
  if (goal.importId) options.importId = goal.importId;
  if (goal.version) options.version = goal.version;
  if (goal.pluginDownloadUrl) options.pluginDownloadUrl = goal.pluginDownloadUrl;
  const hooks = hooksOf(goal.hooks);
  if (hooks) options.hooks = hooks;
  return options;
}

function aliasUrn(
  alias: Alias,
  resource: { type: string; name: string; parent?: string; context: UrnContext },
): string {
  const spec = alias.getSpec();
  if (spec === undefined) return alias.getUrn();
  const context = {
    stack: spec.getStack() || resource.context.stack,
    project: spec.getProject() || resource.context.project,
  };
  const parent = spec.getNoparent() ? undefined : spec.getParenturn() || resource.parent;
  return makeUrn(context, spec.getType() || resource.type, spec.getName() || resource.name, parent);
}

function timeoutsOf(timeouts: RegisterResourceRequest.CustomTimeouts | undefined): Record<string, string> | undefined {
  if (timeouts === undefined) return undefined;
  const all = {
    create: timeouts.getCreate(),
    update: timeouts.getUpdate(),
    delete: timeouts.getDelete(),
    // Not in the lowest supported SDK.
    read: timeouts.getRead?.() ?? "",
  };
  const given = Object.entries(all).filter(([, value]) => value !== "");
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

function hooksOf(binding: RegisterResourceRequest.ResourceHooksBinding | undefined) {
  if (binding === undefined) return undefined;
  const all: Record<string, string[]> = {
    beforeCreate: binding.getBeforeCreateList(),
    afterCreate: binding.getAfterCreateList(),
    beforeUpdate: binding.getBeforeUpdateList(),
    afterUpdate: binding.getAfterUpdateList(),
    beforeDelete: binding.getBeforeDeleteList(),
    afterDelete: binding.getAfterDeleteList(),
    onError: binding.getOnErrorList?.() ?? [],
  };
  const given = Object.entries(all).filter(([, names]) => names.length > 0);
  return given.length === 0 ? undefined : Object.fromEntries(given);
}

/** For messages: `Bucket "lake"`. */
export function shown(urn: string): string {
  return `${typeOf(urn)} "${nameOf(urn)}"`;
}
