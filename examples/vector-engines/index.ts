import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { bindingField, imagePin, Platform, VectorEngine } from "aistack-core";
import { InferenceService, VectorStore } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

/** The only line that another engine changes. */
const engine = config.require("engine") === "pgvector" ? VectorEngine.Pgvector : VectorEngine.Qdrant;

const vectors = new VectorStore("vectors", {
  cluster,
  engine,
  dimensions: 4,
  replicas: 1,
  capacity: config.getNumber("capacity") ?? 1_000_000,
});

const app = join(__dirname, "app");
const search = new InferenceService("search", {
  cluster,
  image: imagePin("node"),
  command: ["node", "/app/search.mjs"],
  files: Object.fromEntries(readdirSync(app).map((file) => [file, readFileSync(join(app, file), "utf8")])),
  port: 8080,
  environment: { PORT: "8080", STORE: "VECTORS" },
  cpu: "100m",
  memory: "128Mi",
  uses: [vectors.binding],
});

/** Where workloads on the cluster reach the application. */
export const url = bindingField(search.binding, "endpoint");
