import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import * as aws from "aistack-aws";
import type { WorkloadIssuerBinding } from "aistack-core";
import type { ServiceAccountIssuerArgs } from "aistack-edge";

/**
 * Who the workloads at the edge are in AWS: a pair of keys, of which the cluster signs tokens with the one and AWS checks
 * them with the other. The private one lies in the state, encrypted, and on the cluster's servers.
 */
export class EdgeIdentity extends pulumi.ComponentResource {
  /** For the grants. */
  public readonly issuer: pulumi.Output<WorkloadIssuerBinding>;
  /** For the cluster; undefined for one that exists, which has its key. */
  public readonly signing?: ServiceAccountIssuerArgs;

  /** @param publicKeyPem Public key of a cluster that exists. */
  constructor(name: string, publicKeyPem?: string, opts: pulumi.ComponentResourceOptions = {}) {
    super("hybrid:index:EdgeIdentity", name, {}, opts);
    const child = { parent: this };
    const own = publicKeyPem === undefined ? keyPair(name, child) : undefined;
    const issuer = new aws.WorkloadIssuer(
      name,
      { signingPublicKeyPem: own?.publicKeyPem ?? (publicKeyPem as string) },
      child,
    );
    this.issuer = issuer.binding;
    this.signing = own && { url: issuer.url, signingKeyPem: own.privateKeyPem };
    this.registerOutputs({ issuer: this.issuer });
  }
}

function keyPair(name: string, opts: pulumi.CustomResourceOptions): tls.PrivateKey {
  return new tls.PrivateKey(`${name}-key`, { algorithm: "RSA", rsaBits: 3072 }, opts);
}
