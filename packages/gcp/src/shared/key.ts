import { CryptoKey, CryptoKeyIAMMember, KeyRing } from "@pulumi/gcp/kms";
import type * as pulumi from "@pulumi/pulumi";

/** Time between rotations of a key: 90 days, as CIS asks. */
const rotation = `${90 * 24 * 3600}s`;

/** Time between the order to destroy a key version and its destruction; a lost key loses data. */
const destruction = `${30 * 24 * 3600}s`;

/** A key that rotates, in a ring of its own: `${name}-key` in `${name}-ring`. */
export function rotatedKey(
  name: string,
  args: { location: pulumi.Input<string>; labels: pulumi.Input<{ [key: string]: string }> },
  opts: pulumi.CustomResourceOptions,
): CryptoKey {
  const ring = new KeyRing(`${name}-ring`, { location: args.location }, opts);
  return new CryptoKey(
    `${name}-key`,
    {
      keyRing: ring.id,
      purpose: "ENCRYPT_DECRYPT",
      rotationPeriod: rotation,
      destroyScheduledDuration: destruction,
      labels: args.labels,
    },
    opts,
  );
}

/** Lets an account of a service encrypt and decrypt with a key. */
export function useOfKey(
  name: string,
  key: CryptoKey,
  member: pulumi.Input<string>,
  opts: pulumi.CustomResourceOptions,
): CryptoKeyIAMMember {
  const role = "roles/cloudkms.cryptoKeyEncrypterDecrypter";
  return new CryptoKeyIAMMember(name, { cryptoKeyId: key.id, role, member }, opts);
}
