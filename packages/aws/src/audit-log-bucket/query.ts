import { readFileSync } from "node:fs";
import { join } from "node:path";
import { NamedQuery, Workgroup } from "@pulumi/aws/athena";
import { CatalogDatabase, CatalogTable } from "@pulumi/aws/glue";
import { getOrganizationOutput } from "@pulumi/aws/organizations/getOrganization";
import * as pulumi from "@pulumi/pulumi";
import type { Place } from "../shared/place";
import * as defaults from "./defaults";
import { prefixes } from "./prefixes";
import { type Table, type TableFacts, tables } from "./tables";

/** What tables and queries are made from. */
export interface QueryArgs {
  /** Name of the bucket with the records. */
  bucket: pulumi.Output<string>;
  /** Name of the bucket that takes results. */
  results: pulumi.Output<string>;
  keyArn: pulumi.Output<string>;
  retentionDays: pulumi.Input<number>;
  /** Names of the clusters whose records there are. */
  clusters: pulumi.Output<string>[];
  /** Whether there is a trail, and whether it is one of the whole organisation. */
  trail: boolean;
  organization: boolean;
  loadBalancers: boolean;
  place: Place;
  tags: pulumi.Output<{ [key: string]: string }>;
}

/** Where the queries lie: two folders up both from `src` and from `dist`. */
const folder = join(__dirname, "../../queries/audit-log");

/** The queries that an auditor asks: the file, the table that it reads, what it answers. */
const queries: [name: string, table: Table, description: string][] = [
  ["protection-changes", tables.cloudtrail, "Who changed what protects a bucket, a key or a trail"],
  ["denied-deletions", tables.cloudtrail, "Who tried to delete objects and was denied"],
  ["object-reads", tables.cloudtrail, "Who read which objects of a bucket"],
  ["logins-without-mfa", tables.cloudtrail, "Logins without a second factor, and use of the root user"],
  ["cluster-exec-and-secrets", tables.clusterAudit, "Who ran commands in pods or read secrets"],
  ["rejected-connections", tables.flowLogs, "Which connections were rejected"],
  ["accesses-to-records", tables.s3Access, "Who read the audit records themselves"],
  ["failed-requests", tables.loadBalancers, "Requests to load balancers that were refused or failed"],
  ["decisions-of-a-case", tables.events, "What models were asked and decided in one case"],
  ["subject-requests", tables.events, "What persons asked about their data, and whether they were answered in time"],
  ["model-approvals", tables.events, "Who let which version of a model into production"],
];

/** Tables on the records, and the queries that an auditor asks, for Athena. */
export class Query extends pulumi.ComponentResource {
  constructor(name: string, args: QueryArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:index:AuditQuery", name, {}, opts);
    const child = { parent: this };
    const database = new CatalogDatabase(
      `${name}-database`,
      { name: databaseName(name), description: "Audit records", tags: args.tags },
      child,
    );
    const workgroup = this.#workgroup(`${name}-workgroup`, args);
    const facts = this.#facts(args);
    const present = tablesOf(args);
    const made = present.map((table) => this.#table(`${name}-${dashed(table.name)}`, table, database, args, facts));
    for (const [file, , description] of queries.filter(([, table]) => present.includes(table)))
      new NamedQuery(
        `${name}-${file}`,
        {
          name: file,
          description,
          database: database.name,
          workgroup: workgroup.name,
          query: readFileSync(join(folder, `${file}.sql`), "utf8"),
        },
        { ...child, dependsOn: made },
      );
    this.registerOutputs({});
  }

  #workgroup(name: string, { results, keyArn, tags }: QueryArgs): Workgroup {
    return new Workgroup(
      name,
      {
        description: "Audit records",
        // Its history alone, no data, would keep it from being deleted.
        forceDestroy: true,
        configuration: {
          enforceWorkgroupConfiguration: true,
          bytesScannedCutoffPerQuery: defaults.mostBytesOfQuery,
          publishCloudwatchMetricsEnabled: true,
          resultConfiguration: {
            outputLocation: pulumi.interpolate`s3://${results}/${prefixes.results}`,
            encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: keyArn },
          },
        },
        tags,
      },
      { parent: this },
    );
  }

  /** A trail of an organisation writes below its id and the ids of its accounts, which only AWS Organizations knows. */
  #facts(args: QueryArgs): pulumi.Output<TableFacts> {
    const { place } = args;
    const organization = args.organization
      ? getOrganizationOutput({}, { parent: this }).apply(({ id, accounts }) => ({
          id,
          accounts: accounts.map((account) => account.id),
        }))
      : undefined;
    return pulumi.output({
      account: place.accountId,
      region: place.region,
      bucket: args.bucket,
      retentionDays: args.retentionDays,
      clusters: args.clusters,
      organization,
    });
  }

  #table(
    name: string,
    table: Table,
    database: CatalogDatabase,
    { bucket }: QueryArgs,
    facts: pulumi.Output<TableFacts>,
  ): CatalogTable {
    const { format } = table;
    const root = pulumi.interpolate`s3://${bucket}/`;
    const partitions = facts.apply((known) => table.partitions(known));
    const location = facts.apply((known) => table.template(known));
    return new CatalogTable(
      name,
      {
        databaseName: database.name,
        name: table.name,
        description: table.description,
        tableType: "EXTERNAL_TABLE",
        parameters: pulumi.all([root, partitions, location]).apply(([start, keys, template]) => ({
          EXTERNAL: "TRUE",
          "projection.enabled": "true",
          "storage.location.template": `${start}${template}`,
          ...Object.fromEntries(
            keys.flatMap(({ name: key, projection }) =>
              Object.entries(projection).map(([property, value]) => [`projection.${key}.${property}`, value]),
            ),
          ),
        })),
        partitionKeys: partitions.apply((keys) => keys.map(({ name: key, type }) => ({ name: key, type }))),
        storageDescriptor: {
          columns: table.columns.map(([column, type]) => ({ name: column, type })),
          inputFormat: format.input,
          outputFormat: format.output,
          location: pulumi.interpolate`${root}${location.apply(fixedFolder)}`,
          serDeInfo: { serializationLibrary: format.serde, parameters: format.parameters },
        },
      },
      { parent: this },
    );
  }
}

/** The folder that all partitions of a template are in. */
function fixedFolder(template: string): string {
  return (template.split("${")[0] as string).replace(/[^/]*$/, "");
}

function tablesOf({ trail, clusters, loadBalancers }: QueryArgs): Table[] {
  return [
    ...(trail ? [tables.cloudtrail] : []),
    ...(clusters.length > 0 ? [tables.clusterAudit] : []),
    // Networks and applications write by themselves, without the bucket knowing of them.
    tables.flowLogs,
    tables.s3Access,
    ...(loadBalancers ? [tables.loadBalancers] : []),
    tables.events,
  ];
}

/** Glue takes lower-case letters, digits and underscores. https://docs.aws.amazon.com/athena/latest/ug/tables-databases-columns-names.html */
function databaseName(name: string): string {
  return `${name}_${pulumi.getStack()}`.toLowerCase().replace(/[^a-z0-9_]/g, "_");
}

function dashed(name: string): string {
  return name.replace(/_/g, "-");
}
