import * as pulumi from "@pulumi/pulumi";
import { Checks } from "aistack-core";
import { componentName } from "../shared/rules";
import { publicKeyFault } from "./documents";

/** Arguments of WorkloadIssuer. */
export interface WorkloadIssuerArgs {
  /**
   * Public key, in PEM form, of the pair that the cluster signs service-account tokens with: RSA of 2048 bits or more,
   * or elliptic curve P-256, P-384 or P-521.
   */
  signingPublicKeyPem: pulumi.Input<string>;
  /** Public keys whose tokens are still accepted, or soon will be, while the key is changed. Defaults to none. */
  otherPublicKeysPem?: pulumi.Input<pulumi.Input<string>[]>;
  /** Tags for every resource, beside the standard ones. */
  tags?: pulumi.Input<{ [key: string]: string }>;
}

/** Judges all arguments; returns the public keys, the one that signs first. No message repeats a key: it might be a private one. */
export function checkKeys(type: string, name: string, args: WorkloadIssuerArgs): pulumi.Output<string[]> {
  const check = new Checks(type, name);
  check.value("name", name, componentName);

  const gated = (path: string, pem: string | undefined): string => {
    const fault = publicKeyFault(pem);
    if (!fault) return pem as string;
    throw new pulumi.InputPropertyError({
      propertyPath: path,
      reason: `${type.split(":").at(-1)} "${name}": ${path} ${fault}`,
    });
  };
  const judged = (path: string, pem: pulumi.Input<string>): pulumi.Input<string> => {
    if (pulumi.Output.isInstance(pem) || pem instanceof Promise)
      return pulumi.output(pem).apply((key) => gated(path, key));
    const fault = publicKeyFault(pem);
    if (fault) check.fault(path, fault);
    return pem;
  };

  const own = judged("signingPublicKeyPem", args.signingPublicKeyPem);
  const others = args.otherPublicKeysPem ?? [];
  const path = (index: number) => `otherPublicKeysPem[${index}]`;
  const listed: pulumi.Input<pulumi.Input<string>[]> = Array.isArray(others)
    ? others.map((pem, index) => judged(path(index), pem))
    : pulumi.output(others).apply((pems) => pems.map((pem, index) => gated(path(index), pem)));
  check.done();
  return pulumi.all([own, listed]).apply(([first, rest]) => [first, ...rest]);
}
