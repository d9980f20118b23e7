import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { parse } from "yaml";

/** How to reach an API server. */
export interface Connection {
  /** `https://host:port`, without a path at the end. */
  readonly server: string;
  /** PEM. When undefined, the certificate authorities that Node knows. */
  readonly ca?: string;
  readonly token?: string;
  /** PEM of a client certificate and its key. */
  readonly cert?: string;
  readonly key?: string;
  readonly insecure?: boolean;
  /** Namespace of the context, for objects that name none. Defaults to "default". */
  readonly namespace?: string;
}

interface Kubeconfig {
  "current-context"?: string;
  contexts?: { name: string; context: { cluster: string; user: string; namespace?: string } }[];
  clusters?: { name: string; cluster: ClusterEntry }[];
  users?: { name: string; user?: UserEntry }[];
}

interface ClusterEntry {
  server: string;
  "certificate-authority"?: string;
  "certificate-authority-data"?: string;
  "insecure-skip-tls-verify"?: boolean;
}

interface UserEntry {
  token?: string;
  tokenFile?: string;
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
  exec?: {
    apiVersion?: string;
    command: string;
    args?: string[] | null;
    env?: { name: string; value: string }[] | null;
  };
}

/** A kubeconfig that cannot be used; the message says what is wrong with it. */
export class KubeconfigError extends Error {
  override readonly name = "KubeconfigError";
}

/** Reads the current context of a kubeconfig. Credentials come from the file, or from the program that it names. */
export async function readKubeconfig(file: string): Promise<Connection> {
  const text = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new KubeconfigError(`${file} cannot be read (${error.code}).`);
  });
  const config = parsed(file, text);
  const name = config["current-context"];
  const context = config.contexts?.find((entry) => entry.name === name)?.context;
  if (!context) throw new KubeconfigError(`${file} has no current context: kubectl config use-context <name>`);
  const cluster = config.clusters?.find((entry) => entry.name === context.cluster)?.cluster;
  if (!cluster?.server) throw new KubeconfigError(`${file} has no cluster "${context.cluster}" with a server.`);
  const user = config.users?.find((entry) => entry.name === context.user)?.user ?? {};

  const at = (path: string) => resolve(dirname(file), path);
  const pem = async (data: string | undefined, path: string | undefined): Promise<string | undefined> => {
    if (data !== undefined) return Buffer.from(data, "base64").toString("utf8");
    return path === undefined ? undefined : readFile(at(path), "utf8");
  };
  const given = user.exec ? await credentialsFrom(user.exec, dirname(resolve(file))) : {};
  return {
    server: cluster.server.replace(/\/+$/, ""),
    ca: await pem(cluster["certificate-authority-data"], cluster["certificate-authority"]),
    insecure: cluster["insecure-skip-tls-verify"],
    token: given.token ?? user.token ?? (user.tokenFile && (await readFile(at(user.tokenFile), "utf8")).trim()),
    cert: given.clientCertificateData ?? (await pem(user["client-certificate-data"], user["client-certificate"])),
    key: given.clientKeyData ?? (await pem(user["client-key-data"], user["client-key"])),
    namespace: context.namespace,
  };
}

function parsed(file: string, text: string): Kubeconfig {
  try {
    const value: unknown = parse(text);
    if (typeof value === "object" && value !== null) return value as Kubeconfig;
  } catch {
    // Told below: the parser's words would show lines of a file that holds credentials.
  }
  throw new KubeconfigError(`${file} is no kubeconfig: it is not YAML with a current context.`);
}

interface ExecCredentials {
  token?: string;
  clientCertificateData?: string;
  clientKeyData?: string;
}

/** Runs the credential program of a cloud, such as `aws eks get-token`. */
async function credentialsFrom(exec: NonNullable<UserEntry["exec"]>, cwd: string): Promise<ExecCredentials> {
  const given = Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value]));
  const info = { kind: "ExecCredential", apiVersion: exec.apiVersion, spec: { interactive: false } };
  const env = { ...process.env, ...given, KUBERNETES_EXEC_INFO: JSON.stringify(info) };
  try {
    const { stdout } = await promisify(execFile)(exec.command, exec.args ?? [], { env, cwd });
    const { status }: { status?: ExecCredentials } = JSON.parse(stdout);
    return status ?? {};
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: string };
    const reason = stderr?.trim() || (code === "ENOENT" ? "it is not installed" : `it failed (${code})`);
    throw new KubeconfigError(`${exec.command}, which gives the credentials, did not: ${reason}`);
  }
}
