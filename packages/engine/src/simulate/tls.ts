/** The tls provider: text in PEM form, derived from the URN. No key and no certificate: no program takes it for one. */
import { Secret } from "../graph";
import type { Rule, Rules, Subject } from "./subject";

function pem(r: Subject, label: string): string {
  const body = r.bytes(48, label).toString("base64");
  return `-----BEGIN ${label}-----\n${body}\n-----END ${label}-----\n`;
}

/** The public key stays unknown: programs parse it. */
const privateKey: Rule = (r) => ({ id: r.hex(40, "id"), privateKeyPem: new Secret(pem(r, "PRIVATE KEY")) });

const request: Rule = (r) => ({ id: r.hex(40, "id"), certRequestPem: pem(r, "CERTIFICATE REQUEST") });

const certificate: Rule = (r) => ({ id: r.hex(40, "id"), certPem: pem(r, "CERTIFICATE") });

export const tlsRules: Rules = {
  "tls:index/privateKey:PrivateKey": privateKey,
  "tls:index/certRequest:CertRequest": request,
  "tls:index/selfSignedCert:SelfSignedCert": certificate,
  "tls:index/locallySignedCert:LocallySignedCert": certificate,
};
