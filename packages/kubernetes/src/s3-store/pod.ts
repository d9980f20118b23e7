import type { types } from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";
import { bindingField, imagePin } from "aistack-core";
import { restrictedContainer, restrictedPod } from "../workload/security";
import { type AccessLog, accessLogContainer, accessLogVolumes, serverLogFile } from "./access-log";
import { grpcAbove, ports, volumeSizeMiB } from "./defaults";
import type { StoreSettings } from "./settings";

/** Names of the objects that the pods refer to. */
interface PodParts {
  labels: { [label: string]: string };
  selector: { [label: string]: string };
  serviceAccount: pulumi.Input<string>;
  /** Host names of the servers, the first of the set first. */
  hosts: pulumi.Output<string[]>;
  /** Pattern of this pod's own host name. */
  ownHost: pulumi.Output<string>;
  identities: pulumi.Input<string>;
  /** The servers read the file at their start. */
  identitiesHash: pulumi.Input<string>;
  encryption: pulumi.Input<string>;
  certificate: pulumi.Input<string>;
  peersCertificate: pulumi.Input<string>;
  accessLog?: AccessLog;
}

const folders = {
  data: "/data",
  identities: "/identities",
  tls: "/tls",
  peers: "/peers",
  log: "/access-log",
  scratch: "/tmp",
};

/**
 * Pod of one server: a master that votes, a volume server with the content, a filer with the names, a gateway that speaks
 * S3. All but the gateway take only who has a certificate of the store's own authority.
 */
export function serverPod(settings: StoreSettings, parts: PodParts): types.input.core.v1.PodTemplateSpec {
  const probe = (path: string) => ({ httpGet: { path, port: "s3", scheme: "HTTPS" }, timeoutSeconds: 5 });
  const { accessLog } = parts;
  const spread = { maxSkew: 1, labelSelector: { matchLabels: parts.selector } };
  return {
    metadata: {
      labels: parts.labels,
      annotations: {
        "aistack.dev/credentials-hash": parts.identitiesHash,
        ...(accessLog && { "aistack.dev/configuration-hash": accessLog.hash }),
      },
    },
    spec: {
      serviceAccountName: parts.serviceAccount,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPod,
      terminationGracePeriodSeconds: 60,
      topologySpreadConstraints: [
        // The two copies of a record must not be lost with one node.
        { ...spread, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "DoNotSchedule" },
        { ...spread, topologyKey: "topology.kubernetes.io/zone", whenUnsatisfiable: "ScheduleAnyway" },
      ],
      // Starts before the server and ends after it.
      ...(accessLog && { initContainers: [accessLogContainer(accessLog, settings.cluster, "data")] }),
      containers: [
        {
          name: "seaweedfs",
          image: bindingField(settings.cluster, "mirror").apply((mirror) => imagePin("seaweedfs", mirror)),
          command: parts.hosts.apply((hosts) => commandOf(hosts, settings.replicas, accessLog !== undefined)),
          env: environmentOf(parts),
          ports: Object.entries(ports).flatMap(([name, containerPort]) => [
            { name, containerPort },
            { name: `${name}-grpc`, containerPort: containerPort + grpcAbove },
          ]),
          resources: {
            requests: { cpu: settings.cpu, memory: settings.memory },
            limits: { memory: settings.memory },
          },
          startupProbe: { ...probe("/healthz"), periodSeconds: 5, failureThreshold: 60 },
          readinessProbe: { ...probe("/readyz"), periodSeconds: 5, failureThreshold: 3 },
          livenessProbe: { ...probe("/healthz"), periodSeconds: 10, failureThreshold: 6 },
          // Lets the service forget the pod before it closes its connections.
          lifecycle: { preStop: { exec: { command: ["sleep", "5"] } } },
          securityContext: restrictedContainer,
          volumeMounts: [
            { name: "data", mountPath: folders.data },
            { name: "identities", mountPath: folders.identities, readOnly: true },
            { name: "tls", mountPath: folders.tls, readOnly: true },
            { name: "peers", mountPath: folders.peers, readOnly: true },
            { name: "scratch", mountPath: folders.scratch },
            ...(accessLog ? [{ name: "configuration", mountPath: folders.log, readOnly: true }] : []),
          ],
        },
      ],
      volumes: [
        { name: "identities", secret: { secretName: parts.identities } },
        { name: "tls", secret: { secretName: parts.certificate } },
        { name: "peers", secret: { secretName: parts.peersCertificate } },
        // Sockets between the parts of one server, and parts of uploads.
        { name: "scratch", emptyDir: { sizeLimit: "1Gi" } },
        ...(accessLog ? accessLogVolumes(accessLog, parts.certificate) : []),
      ],
    },
  };
}

/** https://github.com/seaweedfs/seaweedfs/blob/7506e5f91cd6/weed/command/server.go */
function commandOf(hosts: string[], replicas: number, logged: boolean): string[] {
  return [
    "/usr/bin/weed",
    "-logtostderr=true",
    "server",
    "-ip=$(OWN_HOST)",
    "-ip.bind=$(POD_IP)",
    `-dir=${folders.data}`,
    `-master.peers=${hosts.map((host) => `${host}:${ports.master}`).join(",")}`,
    // 001: a copy on another server. A third copy would stop all writing while one server is away.
    `-master.defaultReplication=${replicas > 1 ? "001" : "000"}`,
    "-master.telemetry=false",
    `-master.volumeSizeLimitMB=${volumeSizeMiB}`,
    "-volume.max=0",
    "-volume.minFreeSpace=5",
    "-filer",
    "-filer.exposeDirectoryData=false",
    "-filer.ui.deleteDir=false",
    "-s3",
    `-s3.port=${ports.s3}`,
    `-s3.config=${folders.identities}/s3.json`,
    `-s3.cert.file=${folders.tls}/tls.crt`,
    `-s3.key.file=${folders.tls}/tls.key`,
    "-s3.autoCreateBucket=false",
    "-s3.iam=false",
    "-s3.port.iceberg=0",
    "-s3.port.lance=0",
    ...(logged ? [`-s3.auditLogConfig=${folders.log}/${serverLogFile}`] : []),
  ];
}

function environmentOf(parts: PodParts): types.input.core.v1.EnvVar[] {
  const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  return [
    field("POD_NAME", "metadata.name"),
    field("POD_IP", "status.podIP"),
    { name: "OWN_HOST", value: parts.ownHost },
    { name: "WEED_S3_SSE_KEK", valueFrom: { secretKeyRef: { name: parts.encryption, key: "key" } } },
    // FIPS 140-3 mode of Go's cryptography, as the image's entrypoint sets it.
    { name: "GODEBUG", value: "fips140=on" },
    // Few files at once, so that small disks have room for those of every bucket.
    { name: "WEED_MASTER_VOLUME_GROWTH_COPY_1", value: "1" },
    { name: "WEED_MASTER_VOLUME_GROWTH_COPY_2", value: "1" },
    { name: "WEED_MASTER_MAINTENANCE_SCRIPTS", value: maintenance },
    ...Object.entries(mutualTls).map(([name, value]) => ({ name, value })),
  ];
}

/**
 * What the leading master does every 17 minutes; nothing, unless told. The program's own proposal (weed/cluster/maintenance)
 * without erasure coding, which wants more servers.
 */
const maintenance = [
  "lock",
  "fs.log.purge -daysAgo=7",
  "volume.deleteEmpty -quietFor=24h -apply",
  "volume.balance -apply",
  "volume.fix.replication -apply",
  "s3.clean.uploads -timeAgo=24h",
  "unlock",
].join("\n");

/** Keys of security.toml as variables: a key a.b is WEED_A_B. */
const mutualTls: { [name: string]: string } = Object.assign(
  { WEED_GRPC_CA: `${folders.peers}/ca.crt`, WEED_HTTPS_CLIENT_ENABLED: "true" },
  ...["GRPC_MASTER", "GRPC_VOLUME", "GRPC_FILER", "GRPC_S3", "GRPC_CLIENT"].map(certificateOf),
  ...["HTTPS_MASTER", "HTTPS_VOLUME", "HTTPS_FILER", "HTTPS_CLIENT"].map((part) => ({
    ...certificateOf(part),
    [`WEED_${part}_CA`]: `${folders.peers}/ca.crt`,
  })),
);

function certificateOf(part: string): { [name: string]: string } {
  return { [`WEED_${part}_CERT`]: `${folders.peers}/tls.crt`, [`WEED_${part}_KEY`]: `${folders.peers}/tls.key` };
}
