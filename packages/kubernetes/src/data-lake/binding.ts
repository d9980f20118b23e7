import * as pulumi from "@pulumi/pulumi";
import {
  type Binding,
  bindingField,
  type DatabaseBinding,
  type DataLakeAccess,
  type DataLakeBinding,
  type DataZone,
  environmentPrefix,
  lakeConnections,
  lakeEnvironment,
  Platform,
} from "aistack-core";
import { bucketBinding, bucketVariables, keyVariables } from "../s3-store/binding";
import { ports, region } from "../s3-store/defaults";
import type { S3Store } from "../s3-store/s3-store";
import { clientLabel } from "../workload/labels";
import { authorityOf } from "./catalogue";
import { type LakeMember, zonesOf } from "./members";

/** What bindings are made from, whoever they are for. */
export interface LakeFacts {
  name: string;
  namespace: pulumi.Input<string>;
  /** Region of the cluster. */
  region: pulumi.Input<string | undefined>;
  zones: ZoneFact[];
  /** Database of the catalogue. */
  database: pulumi.Input<DatabaseBinding>;
  /** Its host, known once the catalogue is set up. */
  catalogHost: pulumi.Output<string>;
  lineage?: pulumi.Input<Binding>;
}

interface ZoneFact {
  zone: DataZone;
  /** Name of the zone's own binding. */
  name: string;
  /** Known once the bucket is protected. */
  bucket: pulumi.Output<string>;
  /** Namespace of its tables in the catalogue. */
  database: string;
  storeName: string;
  store: S3Store;
}

/** Whoever has the key may do what its identity may; there is nothing to be granted. */
const noRules: DataLakeAccess = { read: [], write: [], erase: [], teams: {} };

/** The lake as one of its members sees it: the zones that it uses, with its key. A secret as a whole, since it holds that. */
export function lakeBinding(facts: LakeFacts, member: LakeMember): pulumi.Output<DataLakeBinding> {
  const { name, namespace, database, catalogHost, lineage } = facts;
  const prefix = environmentPrefix(name);
  const zones = facts.zones.filter(({ zone }) => zonesOf(member).includes(zone));
  const stores = new Map(zones.map(({ storeName, store }) => [storeName, store]));
  const common = zones.map(({ zone, bucket, database: own }) => ({
    zone,
    bucket,
    url: pulumi.interpolate`s3://${bucket}`,
    region,
    database: own,
  }));
  return pulumi.output({
    kind: "data-lake",
    name,
    platform: Platform.Kubernetes,
    region: facts.region,
    zones: Object.fromEntries(
      zones.map((zone) => [zone.zone, bucketBinding(zone.name, namespace, zone.bucket, zone.store, member.key)]),
    ),
    databases: Object.fromEntries(zones.map(({ zone, database: own }) => [zone, own])),
    environment: {
      ...lakeEnvironment(prefix, common, lineage),
      ...Object.assign({}, ...zones.map((zone) => bucketVariables(zone.name, zone.bucket, zone.store))),
      [`${prefix}_CATALOG_HOST`]: catalogHost,
      [`${prefix}_CATALOG_PORT`]: pulumi.interpolate`${bindingField(database, "port")}`,
      [`${prefix}_CATALOG_NAME`]: bindingField(database, "database"),
      [`${prefix}_CATALOG_CA_CERTIFICATE`]: authorityOf(database),
    },
    credentials: keyVariables(prefix, member.key),
    ...lakeConnections(
      [...stores.values()].map(({ podLabels }) => pulumi.output({ port: ports.s3, namespace, podLabels })),
      [database, ...(lineage ? [lineage] : [])],
      Object.assign({}, ...[...stores.keys()].map(clientLabel)),
    ),
    access: noRules,
  });
}
