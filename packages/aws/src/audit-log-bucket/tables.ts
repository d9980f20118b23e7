import { Platform, regionsOf } from "aistack-core";
import { prefixes } from "./prefixes";

/** A column, by Hive's names of types. */
export type Column = [name: string, type: string];

/** How the files of a table are read. */
export interface Format {
  serde: string;
  input: string;
  output: string;
  parameters?: { [key: string]: string };
}

/** Where the records are, and what partitions are made of. */
export interface TableFacts {
  account: string;
  region: string;
  retentionDays: number;
  /** Name of the bucket with the records. */
  bucket: string;
  clusters: string[];
  /** Accounts and id of the organisation, for its trail. */
  organization?: { id: string; accounts: string[] };
}

/** A partition key: its type, and the properties of its projection. https://docs.aws.amazon.com/athena/latest/ug/partition-projection-supported-types.html */
export interface Partition {
  name: string;
  type: string;
  projection: { [property: string]: string };
}

/** A table on records, as Athena reads them. */
export interface Table {
  name: string;
  description: string;
  columns: Column[];
  format: Format;
  partitions: (facts: TableFacts) => Partition[];
  /** Place of a partition below the bucket; `${...}` is Athena's own. */
  template: (facts: TableFacts) => string;
}

const textInput = "org.apache.hadoop.mapred.TextInputFormat";
const textOutput = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat";

/** One JSON object a line. https://docs.aws.amazon.com/athena/latest/ug/openx-json-serde.html */
const json: Format = {
  serde: "org.openx.data.jsonserde.JsonSerDe",
  input: textInput,
  output: textOutput,
  parameters: { "ignore.malformed.json": "true" },
};

/** https://docs.aws.amazon.com/athena/latest/ug/create-cloudtrail-table-partition-projection.html */
const cloudTrailFiles: Format = {
  serde: "org.apache.hive.hcatalog.data.JsonSerDe",
  input: "com.amazon.emr.cloudtrail.CloudTrailInputFormat",
  output: textOutput,
};

/** https://docs.aws.amazon.com/athena/latest/ug/parquet-serde.html */
const parquet: Format = {
  serde: "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe",
  input: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
  output: "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
};

/** How a field of a line is set off from the next. */
const forms = { bare: "([^ ]*)", quoted: '"([^"]*)"', bracketed: "\\[([^\\]]*)\\]", optionallyQuoted: '("[^"]*"|-)' };

type Field = [name: string, type: string, form?: keyof typeof forms];

/** Lines of fields between spaces; what a service adds at their end is passed over. */
function lines(fields: Field[]): Pick<Table, "columns" | "format"> {
  const pattern = fields.map(([, , form = "bare"]) => forms[form]).join(" ");
  return {
    columns: fields.map(([name, type]): Column => [name, type]),
    format: {
      serde: "org.apache.hadoop.hive.serde2.RegexSerDe",
      input: textInput,
      output: textOutput,
      parameters: { "input.regex": `^${pattern}(?: .*)?$` },
    },
  };
}

/** Names of Athena's variables in a template. */
const variable = (name: string) => `\${${name}}`;

function oneOf(name: string, values: string[]): Partition {
  return { name, type: "string", projection: { type: "enum", values: values.join(",") } };
}

/** Days as far back as records can be, written as the service writes them. */
function days({ retentionDays }: TableFacts): Partition {
  const range = `NOW-${retentionDays}DAYS,NOW`;
  return {
    name: "day",
    type: "string",
    projection: { type: "date", format: "yyyy/MM/dd", range, interval: "1", "interval.unit": "DAYS" },
  };
}

function numbers(name: string, from: number, to: number, digits: number): Partition {
  return { name, type: "int", projection: { type: "integer", range: `${from},${to}`, digits: String(digits) } };
}

/** The regions of a partition: what is called anywhere is recorded there. */
function regionsLike(region: string): string[] {
  const part = (name: string) => /^(cn|us-gov|eusc)-/.exec(name)?.[1];
  const known = regionsOf(Platform.Aws).filter((name) => part(name) === part(region));
  return known.includes(region) ? known : [...known, region];
}

const ofOneRegion = (facts: TableFacts) => [oneOf("region", [facts.region]), days(facts)];

/** https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html */
const cloudtrail: Table = {
  name: "cloudtrail",
  description: "Calls to AWS, and accesses to objects",
  format: cloudTrailFiles,
  columns: [
    ["eventversion", "string"],
    [
      "useridentity",
      "struct<type:string,principalid:string,arn:string,accountid:string,invokedby:string,accesskeyid:string,username:string,sessioncontext:struct<attributes:struct<mfaauthenticated:string,creationdate:string>,sessionissuer:struct<type:string,principalid:string,arn:string,accountid:string,username:string>>>",
    ],
    ["eventtime", "string"],
    ["eventsource", "string"],
    ["eventname", "string"],
    ["awsregion", "string"],
    ["sourceipaddress", "string"],
    ["useragent", "string"],
    ["errorcode", "string"],
    ["errormessage", "string"],
    ["requestparameters", "string"],
    ["responseelements", "string"],
    ["additionaleventdata", "string"],
    ["requestid", "string"],
    ["eventid", "string"],
    ["readonly", "string"],
    ["resources", "array<struct<arn:string,accountid:string,type:string>>"],
    ["eventtype", "string"],
    ["recipientaccountid", "string"],
    ["sharedeventid", "string"],
    ["vpcendpointid", "string"],
    ["eventcategory", "string"],
    ["tlsdetails", "struct<tlsversion:string,ciphersuite:string,clientprovidedhostheader:string>"],
  ],
  partitions: (facts) => [
    oneOf("account", facts.organization?.accounts ?? [facts.account]),
    oneOf("region", regionsLike(facts.region)),
    days(facts),
  ],
  template: ({ organization }) =>
    `${prefixes.vended}${organization ? `${organization.id}/` : ""}${variable("account")}/CloudTrail/${variable("region")}/${variable("day")}`,
};

/** https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/ */
const clusterAudit: Table = {
  name: "cluster_audit",
  description: "Calls to the Kubernetes APIs",
  format: json,
  columns: [
    ["auditid", "string"],
    ["level", "string"],
    ["stage", "string"],
    ["requesturi", "string"],
    ["verb", "string"],
    ["user", "struct<username:string,uid:string,groups:array<string>>"],
    ["impersonateduser", "struct<username:string,uid:string,groups:array<string>>"],
    ["sourceips", "array<string>"],
    ["useragent", "string"],
    [
      "objectref",
      "struct<resource:string,namespace:string,name:string,apigroup:string,apiversion:string,subresource:string>",
    ],
    ["responsestatus", "struct<status:string,reason:string,message:string,code:int>"],
    ["requestreceivedtimestamp", "string"],
    ["stagetimestamp", "string"],
    ["annotations", "map<string,string>"],
  ],
  partitions: (facts) => [oneOf("cluster", facts.clusters), days(facts)],
  template: () => `${prefixes.clusters}${variable("cluster")}/${variable("day")}`,
};

/** Fields of version 2. https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html */
const flowLogs: Table = {
  name: "flow_logs",
  description: "Connections in networks, accepted and rejected",
  format: parquet,
  columns: [
    ["version", "int"],
    ["account_id", "string"],
    ["interface_id", "string"],
    ["srcaddr", "string"],
    ["dstaddr", "string"],
    ["srcport", "int"],
    ["dstport", "int"],
    ["protocol", "int"],
    ["packets", "bigint"],
    ["bytes", "bigint"],
    ["start", "bigint"],
    ["end", "bigint"],
    ["action", "string"],
    ["log_status", "string"],
  ],
  partitions: ofOneRegion,
  template: ({ account }) => `${prefixes.vended}${account}/vpcflowlogs/${variable("region")}/${variable("day")}`,
};

/** https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html */
const s3Access: Table = {
  name: "s3_access",
  description: "Requests to the bucket of the records itself",
  ...lines([
    ["bucket_owner", "string"],
    ["bucket", "string"],
    ["time", "string", "bracketed"],
    ["remote_ip", "string"],
    ["requester", "string"],
    ["request_id", "string"],
    ["operation", "string"],
    ["key", "string"],
    ["request_uri", "string", "optionallyQuoted"],
    ["http_status", "int"],
    ["error_code", "string"],
    ["bytes_sent", "bigint"],
    ["object_size", "bigint"],
    ["total_time", "bigint"],
    ["turn_around_time", "bigint"],
    ["referrer", "string", "optionallyQuoted"],
    ["user_agent", "string", "optionallyQuoted"],
    ["version_id", "string"],
  ]),
  partitions: ofOneRegion,
  template: ({ account, bucket }) => `${prefixes.access}${account}/${variable("region")}/${bucket}/${variable("day")}`,
};

/** https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-access-logs.html */
const loadBalancers: Table = {
  name: "load_balancers",
  description: "Requests to application load balancers",
  ...lines([
    ["type", "string"],
    ["time", "string"],
    ["elb", "string"],
    ["client", "string"],
    ["target", "string"],
    ["request_processing_time", "double"],
    ["target_processing_time", "double"],
    ["response_processing_time", "double"],
    ["elb_status_code", "int"],
    ["target_status_code", "string"],
    ["received_bytes", "bigint"],
    ["sent_bytes", "bigint"],
    ["request", "string", "quoted"],
    ["user_agent", "string", "quoted"],
    ["ssl_cipher", "string"],
    ["ssl_protocol", "string"],
    ["target_group_arn", "string"],
    ["trace_id", "string", "quoted"],
    ["domain_name", "string", "quoted"],
    ["chosen_cert_arn", "string", "quoted"],
    ["matched_rule_priority", "string"],
    ["request_creation_time", "string"],
    ["actions_executed", "string", "quoted"],
  ]),
  partitions: ofOneRegion,
  template: ({ account }) =>
    `${prefixes.loadBalancers}/${prefixes.vended}${account}/elasticloadbalancing/${variable("region")}/${variable("day")}`,
};

/** What an AuditEventCollector writes, one event a line; the README lists what the columns mean. */
const events: Table = {
  name: "events",
  description: "Events of applications: requests to models, decisions, approvals, accesses, requests of persons",
  format: json,
  columns: [
    ["time", "string"],
    ["class", "string"],
    ["subject", "string"],
    ["actor", "string"],
    ["model", "string"],
    ["model_version", "string"],
    ["outcome", "string"],
    ["case_id", "string"],
    ["attributes", "map<string,string>"],
  ],
  partitions: () => [numbers("year", 2026, 2125, 4), numbers("month", 1, 12, 2), numbers("day", 1, 31, 2)],
  template: () => `${prefixes.events}year=${variable("year")}/month=${variable("month")}/day=${variable("day")}`,
};

/** The tables by name. */
export const tables = { cloudtrail, clusterAudit, flowLogs, s3Access, loadBalancers, events };
