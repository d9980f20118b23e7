import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Graph, resource } from "aistack-engine";

/**
 * What a plan asks @pulumi/tls for, made by openssl: `ca.crt`, `tls.crt` and `tls.key` below a folder.
 * @param name Name of the plan's certificate, such as "audit-tls".
 */
export function certificate(graph: Graph, mount: string, name: string): Record<string, string> {
  const folder = mkdtempSync(join(tmpdir(), "certificate-"));
  const path = (file: string) => join(folder, file);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const { dnsNames, subject } = resource(graph, `${name}-request`).inputs as {
    dnsNames: string[];
    subject: { commonName: string };
  };
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  const fresh = [...key, "-subj", `/CN=${subject.commonName}`];
  try {
    openssl("req", "-x509", "-days", "2", ...fresh, "-keyout", path("ca.key"), "-out", path("ca.crt"));
    openssl("req", ...fresh, "-keyout", path("tls.key"), "-out", path("request"));
    const names = dnsNames.map((dnsName) => `DNS:${dnsName}`).join(",");
    writeFileSync(path("names"), `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
    const authority = ["-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-CAcreateserial", "-days", "2"];
    openssl("x509", "-req", "-in", path("request"), ...authority, "-extfile", path("names"), "-out", path("tls.crt"));
    return Object.fromEntries(
      ["ca.crt", "tls.crt", "tls.key"].map((file) => [`${mount}/${file}`, readFileSync(path(file), "utf8")]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}
