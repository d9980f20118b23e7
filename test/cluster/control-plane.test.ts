/** The control plane itself: who is let in, what nodes there are, what volumes claims get. */
import { request } from "node:https";
import { setTimeout as wait } from "node:timers/promises";
import {
  acceleratorNodes,
  addNodes,
  binaries,
  type KubernetesObject,
  type Pod,
  type SimulatedCluster,
  startSimulatedCluster,
} from "aistack-cluster";
import { machines } from "aistack-core";
import { plan } from "aistack-engine";

let cluster: SimulatedCluster;

beforeAll(async () => {
  cluster = await startSimulatedCluster(await plan(() => {}), []);
});

afterAll(async () => cluster?.stop());

test("is up in seconds, with five programs", async () => {
  expect(cluster.startedIn).toBeLessThan(30_000);
  expect(cluster.pids).toHaveLength(5);
  await cluster.check();
});

test("reports the version that it is built from", async () => {
  const { version } = await binaries();
  expect(await cluster.client.json("GET", "/version")).toMatchObject({ gitVersion: version, major: "1", minor: "36" });
});

test("listens on loopback only, and lets nobody in without a token", async () => {
  const { server, ca } = cluster.client.connection;
  expect(new URL(server).hostname).toBe("127.0.0.1");
  const status = await new Promise((resolve, reject) => {
    request(`${server}/api/v1/secrets`, { ca }, (answer) => resolve(answer.resume().statusCode))
      .on("error", reject)
      .end();
  });
  expect(status).toBe(401);
});

test("every machine of the catalogue runs a pod that asks for all its accelerators, and no other pod", async () => {
  const { client } = cluster;
  expect(machines.length).toBeGreaterThan(20);
  await addNodes(
    client,
    machines.map((machine) => acceleratorNodes(machine, 1)),
  );
  const pods = machines.map((machine, index) => {
    const wanted = { [machine.resourceName]: `${machine.count}` };
    return podOn(`machine-${index}`, { "node.kubernetes.io/instance-type": machine.type }, wanted, [
      { key: machine.resourceName, operator: "Exists", effect: "NoSchedule" },
    ]);
  });
  const [first] = machines;
  const uninvited = podOn("uninvited", { "node.kubernetes.io/instance-type": first?.type ?? "" }, {}, []);
  await Promise.all([...pods, uninvited].map((pod) => client.create(pod)));
  await comesToHold(async () => (await phases()).filter((phase) => phase === "Running").length === machines.length);
  expect(await client.get<Pod>(uninvited)).toMatchObject({ status: { phase: "Pending" } });
});

test("a claim gets a volume once a pod wants it, in the zone of the pod's node", async () => {
  const { client } = cluster;
  const claim = {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "default" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  };
  await client.create(claim);
  await wait(500);
  expect(await client.get(claim)).toMatchObject({ status: { phase: "Pending" } });
  const pod = podOn("with-data", {}, {}, []);
  Object.assign(pod.spec, { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }] });
  await client.create(pod);
  await comesToHold(async () => (await client.get<Pod>(pod))?.status?.phase === "Running");
  expect(await client.get(claim)).toMatchObject({ spec: { storageClassName: "standard" }, status: { phase: "Bound" } });
});

test("an unknown field is refused", async () => {
  const pod = podOn("misspelt", {}, {}, []);
  Object.assign(pod.spec, { nodeSelektor: {} });
  await expect(cluster.client.apply(pod)).rejects.toThrow("nodeSelektor: field not declared in schema");
});

function podOn(
  name: string,
  nodeSelector: Record<string, string>,
  limits: Record<string, string>,
  tolerations: object[],
): KubernetesObject & { spec: object } {
  const containers = [{ name: "any", image: "any", resources: { limits } }];
  const metadata = { name, namespace: "default" };
  return { apiVersion: "v1", kind: "Pod", metadata, spec: { nodeSelector, tolerations, containers } };
}

async function phases(): Promise<(string | undefined)[]> {
  const pods = await cluster.client.list<Pod>("v1", "Pod", "default");
  return pods.map(({ status }) => status?.phase);
}

async function comesToHold(probe: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await probe()); await wait(200)) {
    if (Date.now() > end) throw new Error(`not within 30 s: ${JSON.stringify(await phases())}`);
  }
}
