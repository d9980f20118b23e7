import { CryptoKey, CryptoKeyIAMMember, KeyRing } from "@pulumi/gcp/kms";
import type * as pulumi from "@pulumi/pulumi";
import type { Place } from "./place";

/** Time between rotations of a key: 90 days, as CIS asks. */
const rotationPeriod = `${90 * 24 * 3600}s`;

/** Time between the order to destroy a key version and its destruction; a lost key loses data. */
const destroyScheduledDuration = `${30 * 24 * 3600}s`;

/** A key that rotates, with a ring of its own, in the provider's region. */
export function rotatedKey(
  name: string,
  { place, labels }: { place: Place; labels: pulumi.Input<{ [key: string]: string }> },
  opts: pulumi.CustomResourceOptions,
): CryptoKey {
  const ring = new KeyRing(`${name}-ring`, { location: place.region }, opts);
  return new CryptoKey(
    `${name}-key`,
    { keyRing: ring.id, purpose: "ENCRYPT_DECRYPT", rotationPeriod, destroyScheduledDuration, labels },
    opts,
  );
}

/** Lets the agent of a service encrypt and decrypt with a key. */
export function grantKey(
  name: string,
  key: CryptoKey,
  member: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): CryptoKeyIAMMember {
  const role = "roles/cloudkms.cryptoKeyEncrypterDecrypter";
  return new CryptoKeyIAMMember(name, { cryptoKeyId: key.id, role, member }, opts);
}
