import { Dataset, Routine, Table } from "@pulumi/gcp/bigquery";
import { type Bucket, BucketObject } from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import { derivedContent } from "aistack-core";
import { tagLabels } from "../shared/labels";
import type { Place } from "../shared/place";
import type { AuditPlan } from "./args";
import { questions } from "./questions";
import { auditLog, events, flows, type RecordsTable, requests } from "./tables";

/** What tables and queries over records are made from. */
export interface AuditQueryArgs {
  records: Bucket;
  keyName: pulumi.Output<string>;
  place: Place;
  plan: AuditPlan;
  labels: pulumi.Output<{ [key: string]: string }>;
  retainOnDelete: boolean;
}

/** Tables over the records, and the queries that an auditor asks as table functions. The records stay where they are. */
export class AuditQuery extends pulumi.ComponentResource {
  /** Id of the data set. */
  readonly datasetId: pulumi.Output<string>;

  constructor(name: string, args: AuditQueryArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:AuditQuery", `${name}-query`, {}, opts);
    const child = { parent: this };
    const dataset = new Dataset(
      `${name}-dataset`,
      {
        datasetId: `${name}_${pulumi.getStack()}`.replace(/[^A-Za-z0-9_]/g, "_"),
        description: `Tables over the audit records of ${name}`,
        location: args.place.region,
        defaultEncryptionConfiguration: { kmsKeyName: args.keyName },
        // Else every reader and writer of the project could read them.
        accesses: [{ role: "OWNER", specialGroup: "projectOwners" }],
        // Tables over files that are elsewhere, and questions that are code.
        labels: args.labels.apply((own) => ({ ...own, ...tagLabels(derivedContent.tag) })),
        deleteContentsOnDestroy: false,
      },
      child,
    );
    const tables = new Map(
      tablesOf(args.plan).map((table) => [table.id, recordsTable(name, table, dataset, args, child)]),
    );
    askable(name, dataset, tables, args.place, child);
    this.datasetId = dataset.datasetId;
    this.registerOutputs({});
  }
}

/** Events and audit logs are there in any case; the others with their source. */
function tablesOf({ subnets, loadBalancers }: AuditPlan): RecordsTable[] {
  return [events, auditLog, ...(subnets.length > 0 ? [flows] : []), ...(loadBalancers ? [requests] : [])];
}

function recordsTable(
  name: string,
  { id, description, folder, columns, isPartitioned }: RecordsTable,
  dataset: Dataset,
  { records, labels, retainOnDelete }: AuditQueryArgs,
  opts: pulumi.CustomResourceOptions,
): Table {
  const url = pulumi.interpolate`gs://${records.name}/${folder}`;
  const first = isPartitioned ? [firstFile(name, folder, records, { ...opts, retainOnDelete })] : [];
  return new Table(
    `${name}-table-${id.replaceAll("_", "-")}`,
    {
      datasetId: dataset.datasetId,
      tableId: id,
      description,
      labels,
      // It holds nothing: the records are in the bucket.
      deletionProtection: false,
      externalDataConfiguration: {
        autodetect: false,
        sourceFormat: "NEWLINE_DELIMITED_JSON",
        sourceUris: [pulumi.interpolate`${url}/*`],
        schema: JSON.stringify(columns),
        // A record has more than the columns here.
        ignoreUnknownValues: true,
        ...(isPartitioned
          ? {
              compression: "GZIP",
              hivePartitioningOptions: {
                mode: "CUSTOM",
                sourceUriPrefix: pulumi.interpolate`${url}/{year:INTEGER}/{month:INTEGER}/{day:INTEGER}`,
                // A query without days would read, and bill, years of records.
                requirePartitionFilter: true,
              },
            }
          : {}),
      },
    },
    { ...opts, dependsOn: first },
  );
}

/** BigQuery makes a table with partitions only where one file is. This one has no event, and a day before all others. */
function firstFile(name: string, folder: string, records: Bucket, opts: pulumi.CustomResourceOptions): BucketObject {
  return new BucketObject(
    `${name}-first-file`,
    {
      bucket: records.name,
      name: `${folder}/year=1970/month=01/day=01/first.json`,
      contentType: "application/json",
      content: "{}\n",
    },
    opts,
  );
}

/** The queries of the package whose tables are there. */
function askable(
  name: string,
  dataset: Dataset,
  tables: Map<string, Table>,
  { project }: Place,
  opts: pulumi.CustomResourceOptions,
): void {
  const day = JSON.stringify({ typeKind: "DATE" });
  for (const { id, description, query, tables: needed } of questions()) {
    const dependsOn = needed.flatMap((table) => tables.get(table) ?? []);
    if (dependsOn.length < needed.length) continue;
    new Routine(
      `${name}-ask-${id.replaceAll("_", "-")}`,
      {
        datasetId: dataset.datasetId,
        routineId: id,
        description,
        routineType: "TABLE_VALUED_FUNCTION",
        language: "SQL",
        arguments: ["from_day", "to_day"].map((argument) => ({ name: argument, dataType: day })),
        definitionBody: pulumi
          .all([project, dataset.datasetId])
          .apply(([own, datasetId]) => query.replaceAll(/\{dataset\}\.(\w+)/g, `\`${own}.${datasetId}.$1\``)),
      },
      { ...opts, dependsOn },
    );
  }
}
