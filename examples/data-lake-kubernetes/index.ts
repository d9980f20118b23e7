import * as pulumi from "@pulumi/pulumi";
import { bindingField, type DatabaseBinding, DataClass, DataZone, Platform, Regulation } from "aistack-core";
import { DataLake } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Where the machines are: a name of your own, or the region of the cloud.
  region: config.require("region"),
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

// A PostgreSQL that exists. Left out of the lake, it makes one of its own.
const database: pulumi.Input<DatabaseBinding> = pulumi.secret({
  kind: "database",
  name: "lake-db",
  platform: Platform.Kubernetes,
  host: config.require("catalogHost"),
  port: config.getNumber("catalogPort") ?? 5432,
  database: "lake",
  user: "lake_owner",
  caCertificate: config.require("catalogAuthority"),
  // Set it before `up`: `pulumi config set --secret catalogPassword`.
  credentials: { LAKE_DB_PASSWORD: config.get("catalogPassword") ?? "not set" },
  egress: [{ port: config.getNumber("catalogPort") ?? 5432, namespace: config.require("catalogNamespace") }],
});

const lake = new DataLake("lake", {
  cluster,
  replicas: config.getNumber("replicas"),
  compliance: [Regulation.Gdpr],
  allowedRegions: [config.require("region")],
  zones: [
    { zone: DataZone.Raw, expireAfterDays: 730 },
    { zone: DataZone.Features, dataClass: DataClass.Internal },
  ],
  teams: [
    { name: "ingest", write: [DataZone.Raw] },
    {
      name: "vision",
      read: [DataZone.Curated, DataZone.Features],
      write: [DataZone.Features, DataZone.Models],
    },
  ],
  database,
});

/** What the workloads of a team take in `uses`, by the name of the team: its zones and its key. */
export const teams = lake.teamBindings;
/** What the procedure that answers requests for erasure takes, together with the log of requests. */
export const eraser = lake.eraserBinding;
/** Where that writes the requests and their answers. */
export const requestLog = lake.requestLog;
/** Namespace of the tables of each zone in the catalogue. */
export const databases = bindingField(lake.binding, "databases");
