/**
 * Pulumi's passphrase encryption of configuration values.
 *
 * `encryptionsalt` is `v1:<salt>:v1:<nonce>:<ciphertext>`, the last three being the word "pulumi" encrypted, by which a
 * wrong passphrase shows. The key is PBKDF2-SHA256 over 1,000,000 rounds; values are AES-256-GCM with the tag at the end.
 */
import { createDecipheriv, pbkdf2Sync } from "node:crypto";
import { readFileSync } from "node:fs";

export type Decrypt = (value: string) => string;

/** `wrong` when a passphrase is there but does not fit; `absent` when none is. */
export function decrypter(salt: string | undefined, environment: NodeJS.ProcessEnv): Decrypt | "wrong" | "absent" {
  const passphrase = passphraseIn(environment);
  const parts = /^v1:([^:]+):(v1:[^:]+:[^:]+)$/.exec(salt ?? "");
  if (passphrase === undefined || parts === null) return "absent";
  const key = pbkdf2Sync(passphrase, Buffer.from(parts[1] as string, "base64"), 1_000_000, 32, "sha256");
  const decrypt: Decrypt = (value) => decryptWith(key, value);
  try {
    return decrypt(parts[2] as string) === "pulumi" ? decrypt : "wrong";
  } catch {
    return "wrong";
  }
}

function passphraseIn(environment: NodeJS.ProcessEnv): string | undefined {
  const { PULUMI_CONFIG_PASSPHRASE: text, PULUMI_CONFIG_PASSPHRASE_FILE: file } = environment;
  if (text !== undefined) return text;
  return file ? readFileSync(file, "utf8").trim() : undefined;
}

function decryptWith(key: Buffer, value: string): string {
  const parts = /^v1:([^:]+):([^:]+)$/.exec(value);
  if (parts === null) throw new Error("not an encrypted value");
  const sealed = Buffer.from(parts[2] as string, "base64");
  const cipher = createDecipheriv("aes-256-gcm", key, Buffer.from(parts[1] as string, "base64"));
  cipher.setAuthTag(sealed.subarray(-16));
  return Buffer.concat([cipher.update(sealed.subarray(0, -16)), cipher.final()]).toString("utf8");
}
