/** Certificates, since a plan has none: a provider makes them. */
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Graph, resource } from "aistack-engine";

/** What a plan asks @pulumi/tls for, made by openssl: files of a server in the folder `mount`. Copies are left in `folder`. */
export function certificate(graph: Graph, folder: string, mount: string, name: string): Record<string, string> {
  const path = (file: string) => join(folder, `${name}-${file}`);
  const openssl = (...args: string[]) => execFileSync("openssl", args, { stdio: "pipe" });
  const { dnsNames, subject } = resource(graph, `${name}-request`).inputs as {
    dnsNames: string[];
    subject: { commonName: string };
  };
  const fresh = [
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-subj",
    `/CN=${subject.commonName}`,
  ];
  openssl("req", "-x509", "-days", "2", ...fresh, "-keyout", path("ca.key"), "-out", path("ca.crt"));
  openssl("req", ...fresh, "-keyout", path("tls.key"), "-out", path("request"));
  const names = dnsNames.map((dnsName) => `DNS:${dnsName}`).join(",");
  writeFileSync(path("names"), `subjectAltName=${names}\nextendedKeyUsage=serverAuth,clientAuth\n`);
  const authority = ["-CA", path("ca.crt"), "-CAkey", path("ca.key"), "-CAcreateserial", "-days", "2"];
  openssl("x509", "-req", "-in", path("request"), ...authority, "-extfile", path("names"), "-out", path("tls.crt"));
  return Object.fromEntries(
    ["ca.crt", "tls.crt", "tls.key"].map((file) => [`${mount}/${file}`, readFileSync(path(file), "utf8")]),
  );
}
