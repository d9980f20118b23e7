import { matching, type Rule } from "aistack-core";

/** Name of a key in Cloud KMS, without a version: the service uses the primary one. */
export const kmsKeyName = matching(
  /^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/,
  "the name of a key such as projects/my-project/locations/europe-west4/keyRings/ring/cryptoKeys/key",
);

/** Name of a zone. Some zones for accelerators alone end in more than a letter, such as us-central1-ai1a. */
export const zoneName = matching(/^[a-z]+(-[a-z]+)+\d+-[a-z][a-z0-9]*$/, "the name of a zone such as europe-west4-a");

/**
 * Name of a component whose children put it into physical names: those of Google Cloud are lower-case and end at 63
 * characters, of which a suffix and Pulumi's random part take their share.
 */
export const nameUpTo = (maximum: number): Rule<string> =>
  matching(
    new RegExp(`^[a-z][a-z0-9-]{0,${maximum - 1}}$`),
    `1 to ${maximum} lower-case letters, digits and hyphens, starting with a letter, because Google Cloud limits the names made from it`,
  );

/** Name of a component that makes what ends earlier, such as service accounts. */
export const componentName = nameUpTo(30);

/** Text that can stand in a physical name. */
export function asName(text: string): string {
  return text.toLowerCase().replace(/[^a-z0-9]+/g, "-");
}
