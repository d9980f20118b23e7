import { createHash } from "node:crypto";
import type { types } from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { type Binding, bindingField, type ClaimVolume, type ProjectedToken, tokenFolder } from "aistack-core";
import { egressTo } from "./network-policy";

export { checkUses } from "aistack-core";

/** What the bindings that a workload uses call for. */
export interface Uses {
  /** Variables that are no secret. */
  environment: pulumi.Output<{ [name: string]: string }>;
  /** Variables that are; empty if no binding has any. */
  credentials: pulumi.Output<{ [name: string]: string }>;
  /** Labels that the services' network policies let in. */
  podLabels: pulumi.Output<{ [label: string]: string }>;
  /** Rules for the workload's own network policy. */
  egress: pulumi.Output<types.input.networking.v1.NetworkPolicyEgressRule[]>;
  /** The claims that bindings name, and the volume with tokens if any binding calls for one. */
  volumes: pulumi.Output<types.input.core.v1.Volume[]>;
  /** Where the container mounts them. */
  mounts: pulumi.Output<types.input.core.v1.VolumeMount[]>;
}

/**
 * Takes the bindings in `uses` apart, so that of all they hold only the credentials stay secret. Where several give the same
 * variable, the first one's counts: two S3-compatible stores both have `AWS_ACCESS_KEY_ID`, which tools read by default, and
 * each has its own as well, with its name before it.
 * @param namespace Namespace of the workload, which the claims must be in.
 */
export function usesOf(bindings: pulumi.Input<Binding>[], namespace: pulumi.Input<string>): Uses {
  const fields = <K extends keyof Binding>(field: K) =>
    pulumi.all(bindings.map((binding) => bindingField(binding, field)));
  const tokens = fields("tokens").apply((lists) => lists.flatMap((list) => list ?? []));
  const claims = pulumi.all([fields("volumes"), namespace]).apply(([lists, own]) =>
    mountable(
      lists.map((list) => list ?? []),
      own,
    ),
  );
  return {
    environment: fields("environment").apply(merged),
    credentials: pulumi.secret(
      pulumi
        .all(bindings.map((binding) => (pulumi.output(binding) as pulumi.Output<Required<Binding>>).credentials))
        .apply(merged),
    ),
    podLabels: fields("clientLabels").apply(merged),
    egress: fields("egress").apply((rules) => rules.flatMap((list) => list ?? []).map(egressTo)),
    volumes: pulumi.all([claims, tokens]).apply(([mounted, list]) => [
      ...mounted.map(({ claim }, index) => ({
        name: claimVolumeName(index),
        persistentVolumeClaim: { claimName: claim },
      })),
      ...(list.length === 0 ? [] : [tokenVolume(list)]),
    ]),
    mounts: pulumi.all([claims, tokens]).apply(([mounted, list]) => [
      ...mounted.map(({ mountPath, readOnly }, index) => ({
        name: claimVolumeName(index),
        mountPath,
        ...(readOnly && { readOnly }),
      })),
      ...(list.length === 0 ? [] : [{ name: tokenVolumeName, mountPath: tokenFolder, readOnly: true }]),
    ]),
  };
}

/** All that the maps have. What an earlier one has stays, in its place. */
function merged(maps: ({ [key: string]: string } | undefined)[]): { [key: string]: string } {
  const all: { [key: string]: string } = {};
  for (const map of maps) for (const [key, value] of Object.entries(map ?? {})) all[key] ??= value;
  return all;
}

const claimVolumeName = (index: number) => `files-${index + 1}`;

/** The claims, if a pod of the namespace can mount all of them. */
function mountable(claims: ClaimVolume[][], namespace: string): ClaimVolume[] {
  const refuse = (index: number, reason: string): never => {
    const propertyPath = `uses[${index}].volumes`;
    throw new pulumi.InputPropertyError({ propertyPath, reason: `${propertyPath} ${reason}` });
  };
  const paths = new Map<string, string>();
  claims.forEach((list, index) => {
    for (const { claim, namespace: own, mountPath } of list) {
      if (own !== namespace)
        refuse(
          index,
          `names the claim "${claim}" of namespace "${own}", but the workload is in "${namespace}"; give the workload that \`namespace\`, or make a FileSystemClaim in its own`,
        );
      const other = paths.get(mountPath);
      if (other !== undefined)
        refuse(index, `mounts "${claim}" at ${mountPath}, where "${other}" is; give one another \`mountPath\``);
      paths.set(mountPath, claim);
    }
  });
  return claims.flat();
}

const tokenVolumeName = "tokens";

/** Tokens of the workload's service account, which the kubelet writes and renews; it needs no access to the API for them. */
function tokenVolume(tokens: ProjectedToken[]): types.input.core.v1.Volume {
  const sources = tokens.map(({ audience, path, expirationSeconds }) => ({
    serviceAccountToken: { audience, path, expirationSeconds: expirationSeconds ?? 3600 },
  }));
  return { name: tokenVolumeName, projected: { sources } };
}

/** Changes when the credentials change, so that pods restart with the new ones. A secret, as they are. */
export function credentialsHash(credentials: pulumi.Output<{ [name: string]: string }>): pulumi.Output<string> {
  return credentials.apply((map) =>
    createHash("sha256")
      .update(JSON.stringify(Object.entries(map).sort()))
      .digest("hex"),
  );
}
