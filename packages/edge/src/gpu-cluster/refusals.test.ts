import * as pulumi from "@pulumi/pulumi";
import { Accelerator, Capacity, Interconnect, Platform, SharingStrategy } from "aistack-core";
import { machine, planned, refusal } from "../testing";
import type { EdgeMachineArgs, GpuClusterArgs } from "./args";
import { GpuCluster } from "./gpu-cluster";

const servers = [machine("cp-1", 11)];
const agents = [machine("gpu-1", 21, { pool: "l4" })];
const l4 = { name: "l4", accelerator: Accelerator.NvidiaL4 };
const good: GpuClusterArgs = { servers, agents, pools: [l4] };
const server = (args: Partial<EdgeMachineArgs>): GpuClusterArgs => ({ servers: [machine("cp-1", 11, args)] });
const pool = (args: object): GpuClusterArgs => ({ pools: [{ ...l4, ...args }] });
const key = "-----BEGIN PRIVATE KEY-----\nx\n-----END PRIVATE KEY-----\n";

test.each<[string, GpuClusterArgs, string]>([
  ["no server", { servers: [] }, "servers is missing; name at least one machine"],
  [
    "two servers",
    { servers: [machine("cp-1", 11), machine("cp-2", 12)] },
    "servers has 2 machines, but must have one or an odd number from three: the database needs more than half of its members, " +
      "so that 2 survive the loss of no more machines than 1 do; make one an agent or add one",
  ],
  ["four servers", { servers: [1, 2, 3, 4].map((n) => machine(`cp-${n}`, n)) }, "servers has 4 machines"],
  ["a name twice", { agents: [machine("cp-1", 21, { pool: "l4" })] }, 'agents[0].name is "cp-1", as servers[0]'],
  [
    "an address twice",
    { agents: [machine("x", 11, { pool: "l4" })] },
    'agents[0].address is "192.0.2.11", as servers[0]',
  ],
  [
    "a name with capitals",
    server({ name: "CP_1" }),
    'servers[0].name is "CP_1", but must be 1 to 40 lower-case letters',
  ],
  [
    "an address with a port",
    server({ address: "192.0.2.1:22" }),
    'servers[0].address is "192.0.2.1:22", but must be an IPv4',
  ],
  [
    "an internal host name",
    server({ internalAddress: "cp-1" }),
    'servers[0].internalAddress is "cp-1", but must be an IPv4',
  ],
  ["an internal address out of range", server({ internalAddress: "10.0.0.256" }), "must be an IPv4 address such as"],
  ["a user with blanks", server({ user: "a b" }), 'servers[0].user is "a b", but must be the name of a Linux user'],
  ["port 0", server({ port: 0 }), "servers[0].port is 0, but must be a whole number from 1 to 65535"],
  [
    "an issuer without TLS",
    { serviceAccountIssuer: { url: "http://keys.example/", signingKeyPem: key } },
    'serviceAccountIssuer.url is "http://keys.example/", but must be a URL such as https://',
  ],
  ["no host key", server({ hostKey: undefined }), "servers[0].hostKey is missing; give what `ssh-keyscan"],
  [
    "a fingerprint for a host key",
    server({ hostKey: "SHA256:abc" }),
    'servers[0].hostKey is "SHA256:abc", but must be a public',
  ],
  [
    "a pool that is not there",
    server({ pool: "h100" }),
    'servers[0].pool is "h100", but the pools are: l4; add it or choose one',
  ],
  ["a bad label", server({ labels: { "a b": "c" } }), 'servers[0].labels is "a b", but must be a label key'],
  [
    "a bad taint",
    server({ taints: [{ key: "k", value: "v w" }] }),
    'servers[0].taints[0].value is "v w", but must be a label',
  ],
  ["a bastion without host key", { bastion: { address: "192.0.2.1" } }, "bastion.hostKey is missing"],
  [
    "a pool without machines",
    { agents: [] },
    'pools[0] has no machine; write `pool: "l4"` at one of `servers` or `agents`',
  ],
  [
    "a pool without a name",
    { pools: [l4, {}] },
    "pools[1].name is missing; a pool without an accelerator needs a name",
  ],
  ["a pool twice", { pools: [l4, l4] }, 'pools[1].name is "l4", as another pool'],
  [
    "TPUs",
    pool({ accelerator: Accelerator.GoogleTpuV5e }),
    'pools[0].accelerator is "google-tpu-v5e", but must be one of nvidia-t4',
  ],
  [
    "Trainium",
    pool({ accelerator: Accelerator.AwsTrainium }),
    'pools[0].accelerator is "aws-trainium", but must be one of',
  ],
  [
    "spot machines",
    pool({ capacity: Capacity.Spot }),
    'pools[0].capacity is "spot", but on the edge the machines are yours',
  ],
  ["capacity blocks", pool({ capacity: Capacity.CapacityBlock }), 'pools[0].capacity is "capacity-block"'],
  ["a reservation", pool({ reservationId: "cr-1" }), "pools[0].reservationId reserves machines of a cloud"],
  ["a machine type", pool({ machineType: "g6.xlarge" }), "pools[0].machineType names a machine of a cloud"],
  ["a topology", pool({ topology: "2x4" }), "pools[0].topology shapes TPU slices"],
  ["zones", pool({ zones: ["a"] }), "pools[0].zones places machines in a cloud"],
  ["a disk size", pool({ diskSizeGiB: 100 }), "pools[0].diskSizeGiB sizes disks of a cloud's machines"],
  ["a time limit", pool({ maxRunHours: 24 }), "pools[0].maxRunHours replaces machines after a time"],
  [
    "a fast network",
    pool({ interconnect: Interconnect.HighBandwidth }),
    'pools[0].interconnect is "high-bandwidth", but the edge',
  ],
  ["scaling from zero", pool({ minNodes: 0 }), "pools[0].minNodes is 0, but 1 of the machines name the pool"],
  ["more nodes than machines", pool({ maxNodes: 8 }), "pools[0].maxNodes is 8, but 1 of the machines name the pool"],
  ["half a GPU", pool({ perNode: 0.5 }), "pools[0].perNode is 0.5, but must be a whole number from 1 to 16"],
  [
    "partitions that the GPU does not have",
    pool({ sharing: { strategy: SharingStrategy.Mig, profile: "1g.10gb" } }),
    'pools[0].sharing.strategy is "mig", but nvidia-l4 cannot be partitioned',
  ],
  ["a quota on no pool", { teams: [{ name: "a", quota: [{ pool: "h100", count: 1 }] }] }, "teams[0].quota[0].pool"],
  [
    "a version that has ended",
    { kubernetesVersion: "1.34" },
    "support of 1.34 ended on 2026-10-27; it must be one of 1.35, 1.36",
  ],
  [
    "a version that is not there",
    { kubernetesVersion: "latest" },
    'kubernetesVersion is "latest", but must be one of 1.35',
  ],
  ["a directory with a quote", { bundlePath: 'a"b' }, "bundlePath is"],
  [
    "an API address with a scheme",
    { apiAddress: "https://k3s" },
    'apiAddress is "https://k3s", but must be an IPv4 address or a',
  ],
  ["a wildcard name", { tlsSans: ["*.example.org"] }, 'tlsSans[0] is "*.example.org"'],
  [
    "a registry without mirror",
    { registry: { username: "a", password: "b" } },
    "registry is of no use without `mirror.images`",
  ],
  [
    "half a login",
    { mirror: { images: "r.local" }, registry: { username: "a" } },
    "registry has only one of `username` and",
  ],
  [
    "a mirror with a scheme",
    { mirror: { images: "https://r.local" } },
    'mirror.images is "https://r.local", but must be a registry',
  ],
  [
    "a bad schedule",
    { etcdSnapshots: { schedule: "hourly" } },
    'etcdSnapshots.schedule is "hourly", but must be a cron',
  ],
  [
    "no snapshots",
    { etcdSnapshots: { keep: 0 } },
    "etcdSnapshots.keep is 0, but must be a whole number from 1 to 1000",
  ],
  ["a bad storage class", { storageClass: "Fast" }, 'storageClass is "Fast"'],
  ["a bad exemption", { podSecurityExemptions: ["*"] }, 'podSecurityExemptions is ["*"], but item 0'],
])("%s: refused before anything is registered", async (_, args, message) => {
  const refused = await refusal(() => new GpuCluster("site", { ...good, ...args }));
  expect(refused).toContain('GpuCluster "site" is refused:');
  expect(refused).toContain(message);
});

test("several faults are told at once", async () => {
  const message = await refusal(
    () => new GpuCluster("-", { servers: [machine("A", 1, { port: 0 })], kubernetesVersion: "1", storageClass: "!" }),
  );
  for (const path of ["name is", "servers[0].name", "servers[0].port", "kubernetesVersion", "storageClass"])
    expect(message).toContain(path);
});

test("nothing but `existing` may be given with it", async () => {
  const existing = { name: "plant", platform: Platform.Edge };
  expect(await refusal(() => new GpuCluster("site", { existing, servers, privateKey: key }))).toMatch(
    /servers has no effect together with `existing`[\s\S]+privateKey has no effect/,
  );
});

test("a key that is none is refused without showing it, plain or not", async () => {
  for (const privateKey of ["my-secret", pulumi.output("my-secret"), pulumi.secret("my-secret")]) {
    const outcome = planned(() => new GpuCluster("site", { ...good, privateKey }));
    const message = await outcome.then(
      () => "planned",
      (error: Error) => error.message,
    );
    expect(message).toMatch(/privateKey is a secret, but must be PEM text of a PRIVATE KEY/);
    expect(message).not.toContain("my-secret");
  }
});

test("a key to sign with that is none is refused without being shown", async () => {
  const serviceAccountIssuer = { url: "https://keys.example", signingKeyPem: key.replaceAll("PRIVATE", "PUBLIC") };
  const message = await refusal(() => new GpuCluster("site", { ...good, serviceAccountIssuer }));
  expect(message).toMatch(/serviceAccountIssuer.signingKeyPem is a secret, but must be PEM text of a PRIVATE KEY/);
  expect(message).not.toContain("BEGIN");
});

test("what may be said redundantly is taken", async () => {
  await planned(
    () =>
      new GpuCluster("site", {
        ...good,
        ...pool({ capacity: Capacity.OnDemand, interconnect: Interconnect.Standard, minNodes: 1, maxNodes: 1 }),
        privateKey: key,
      }),
  );
  await planned(
    () => new GpuCluster("site", { servers: [{ name: "box", address: "192.0.2.1" }], allowUnknownHostKeys: true }),
  );
});
