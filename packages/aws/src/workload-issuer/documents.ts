/** What a cluster would publish about its service-account tokens, computed from the public keys alone. */
import { createHash, createPublicKey, type KeyObject } from "node:crypto";

/** Paths at which OpenID Connect clients look; Kubernetes' own API server has the same ones. */
export const discoveryPath = ".well-known/openid-configuration";
export const keysPath = "openid/v1/jwks";

/** A public key as JSON Web Key, in the form of Kubernetes. */
export interface PublicJwk {
  use: "sig";
  kty: string;
  kid: string;
  alg: string;
  [parameter: string]: string;
}

/** Signature that Kubernetes makes with an elliptic-curve key. */
const curves: { [curve: string]: string } = { "P-256": "ES256", "P-384": "ES384", "P-521": "ES512" };

/** Shortest RSA key that AWS takes. */
const leastRsaBits = 2048;

/** Says what is wrong with a public key, without repeating it; undefined if nothing is. */
export function publicKeyFault(pem: unknown): string | undefined {
  if (typeof pem !== "string") return "is missing or no text; give the public key in PEM form";
  // Node would take the public half of a private key without a word, and hide that the wrong one was handed around.
  if (pem.includes("PRIVATE KEY")) return "is a private key, which must not leave the cluster; give the public key";
  const key = parsed(pem);
  if (!key) return "is no public key in PEM form, -----BEGIN PUBLIC KEY----- and so on";
  const bits = key.asymmetricKeyDetails?.modulusLength ?? leastRsaBits;
  if (key.asymmetricKeyType === "rsa" && bits < leastRsaBits)
    return `is an RSA key of ${bits} bits, but must have ${leastRsaBits} or more`;
  return algorithmOf(key) ? undefined : "is neither an RSA key nor one on the curves P-256, P-384 and P-521";
}

/** The key as Kubernetes publishes it. Throws if {@link publicKeyFault} finds something. */
export function jwkOf(pem: string): PublicJwk {
  const fault = publicKeyFault(pem);
  if (fault) throw new Error(`the public key ${fault}`);
  const key = createPublicKey(pem);
  const { kty, ...parameters } = key.export({ format: "jwk" }) as { kty: string; [parameter: string]: string };
  return { use: "sig", kty, kid: keyId(key), alg: algorithmOf(key) as string, ...parameters };
}

/** The key set, each key once. */
export function keySet(pems: string[]): string {
  const keys = new Map(pems.map((pem) => [jwkOf(pem).kid, jwkOf(pem)]));
  return JSON.stringify({ keys: [...keys.values()] });
}

/** The discovery document. */
export function discoveryDocument(issuer: string, pems: string[]): string {
  return JSON.stringify({
    issuer,
    jwks_uri: `${issuer}/${keysPath}`,
    response_types_supported: ["id_token"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [...new Set(pems.map((pem) => jwkOf(pem).alg))].sort(),
    claims_supported: ["sub", "iss"],
  });
}

/**
 * The id that Kubernetes writes into the tokens it signs with the key.
 * https://github.com/kubernetes/kubernetes/blob/v1.34.0/pkg/serviceaccount/jwt.go (keyIDFromPublicKey)
 */
function keyId(key: KeyObject): string {
  return createHash("sha256")
    .update(key.export({ format: "der", type: "spki" }))
    .digest("base64url");
}

function algorithmOf(key: KeyObject): string | undefined {
  if (key.asymmetricKeyType === "rsa") return "RS256";
  if (key.asymmetricKeyType !== "ec") return undefined;
  return curves[(key.export({ format: "jwk" }) as { crv?: string }).crv ?? ""];
}

function parsed(pem: string): KeyObject | undefined {
  try {
    return createPublicKey(pem);
  } catch {
    return undefined;
  }
}
