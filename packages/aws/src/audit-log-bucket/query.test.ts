import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { AuditEventClass } from "aistack-core";
import { plan } from "aistack-engine";
import { created, inputs, modes } from "../testing";
import { AuditLogBucket } from "./audit-log-bucket";
import { bucket, cluster } from "./audit-log-bucket.test.fixture";
import { tables } from "./tables";

const folder = join(__dirname, "../../queries/audit-log");
const files = readdirSync(folder).sort();
const sql = (name: string) => readFileSync(join(folder, `${name}.sql`), "utf8");

const everything = { trail: {}, clusters: [cluster], loadBalancers: true };

describe.each(modes)("tables and queries, in %s", (mode) => {
  test("are made for the sources that there are", async () => {
    const of = async (args: object, type: string) =>
      created(await bucket(args, mode))
        .filter((row) => row.endsWith(` ${type}`))
        .map((row) => row.split(" ")[0]?.replace("audit-query-", ""));
    const always = ["events", "flow-logs", "s3-access"];
    expect(await of({ trail: {} }, "CatalogTable")).toEqual(["cloudtrail", ...always]);
    expect(await of(everything, "CatalogTable")).toEqual(
      ["cloudtrail", "cluster-audit", "load-balancers", ...always].sort(),
    );
    expect(await of(everything, "NamedQuery")).toEqual(files.map((file) => file.replace(".sql", "")));
    expect(await of({ query: true }, "NamedQuery")).toEqual([
      "accesses-to-records",
      "decisions-of-a-case",
      "model-approvals",
      "rejected-connections",
      "subject-requests",
    ]);
    expect(await of({}, "CatalogTable")).toEqual([]);
    expect(await of({ trail: {}, query: false }, "CatalogTable")).toEqual([]);
  });

  test("results are encrypted, and what a query may read is limited", async () => {
    expect(inputs(await bucket(everything, mode), "audit-query-workgroup", "configuration")).toMatchObject({
      enforceWorkgroupConfiguration: true,
      bytesScannedCutoffPerQuery: 107_374_182_400,
      resultConfiguration: { encryptionConfiguration: { encryptionOption: "SSE_KMS", kmsKeyArn: expect.anything() } },
    });
  });
});

test("partitions are where the services put their files", async () => {
  const graph = await bucket({ ...everything, retentionDays: 400 });
  const records = `s3://${inputs(graph, "audit-policy", "bucket")}`;
  const table = (name: string) => inputs(graph, `audit-query-${name}`);
  const place = (name: string) => table(name).parameters["storage.location.template"].replace(records, "");
  expect(place("cloudtrail")).toBe(`/AWSLogs/\${account}/CloudTrail/\${region}/\${day}`);
  expect(place("cluster-audit")).toBe(`/clusters/\${cluster}/\${day}`);
  expect(place("flow-logs")).toBe(`/AWSLogs/123456789012/vpcflowlogs/\${region}/\${day}`);
  expect(place("s3-access")).toBe(
    `/deliveries/s3-access/123456789012/\${region}/${records.replace("s3://", "")}/\${day}`,
  );
  expect(place("load-balancers")).toBe(
    `/deliveries/load-balancers/AWSLogs/123456789012/elasticloadbalancing/\${region}/\${day}`,
  );
  expect(place("events")).toBe(`/events/year=\${year}/month=\${month}/day=\${day}`);
  expect(table("events").storageDescriptor.location).toBe(`${records}/events/`);
  expect(table("cluster-audit").parameters).toMatchObject({
    "projection.enabled": "true",
    "projection.cluster.type": "enum",
    "projection.cluster.values": "train-dev",
    "projection.day.type": "date",
    "projection.day.format": "yyyy/MM/dd",
    "projection.day.range": "NOW-400DAYS,NOW",
    "projection.day.interval.unit": "DAYS",
  });
  const regions = table("cloudtrail").parameters["projection.region.values"].split(",");
  expect(regions).toEqual(expect.arrayContaining(["us-east-1", "eu-west-1", "ap-southeast-2"]));
  expect(regions).not.toContain("cn-north-1");
  for (const name of ["cloudtrail", "cluster-audit", "flow-logs", "s3-access", "load-balancers", "events"]) {
    const { parameters, partitionKeys } = table(name);
    const used = [...parameters["storage.location.template"].matchAll(/\$\{(\w+)\}/g)].map((match) => match[1]);
    expect(partitionKeys.map((key: { name: string }) => key.name)).toEqual(used);
    for (const key of used) expect(parameters).toHaveProperty([`projection.${key}.type`]);
  }
});

test("in China, calls are looked for in the regions of China", async () => {
  const graph = await bucket({ trail: {} }, "simulate", {}, "cn-north-1");
  expect(inputs(graph, "audit-query-cloudtrail", "parameters")["projection.region.values"]).toBe(
    "cn-north-1,cn-northwest-1",
  );
});

test("a trail of an organisation is searched in all of its accounts", async () => {
  const accounts = [{ id: "111122223333" }, { id: "444455556666" }];
  const graph = await plan(() => void new AuditLogBucket("audit", { trail: { organization: true } }), {
    mode: "simulate",
    config: { "aws:region": "eu-west-1" },
    answers: {
      invokes: {
        "aws:organizations/getOrganization:getOrganization": [{ return: { id: "o-exampleorgid", accounts } }],
      },
    },
  });
  expect(inputs(graph, "audit-query-cloudtrail", "parameters")).toMatchObject({
    "projection.account.values": "111122223333,444455556666",
    "storage.location.template": expect.stringMatching(/\/AWSLogs\/o-exampleorgid\/\$\{account\}\/CloudTrail\//),
  });
});

/** One line of each kind, as AWS documents them, with the values of some columns. */
const samples: [keyof typeof tables, string, { [column: string]: string }][] = [
  [
    "s3Access",
    '79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be audit-records [06/Feb/2026:00:00:38 +0000] 192.0.2.3 arn:aws:sts::123456789012:assumed-role/auditor/me 3E57427F3EXAMPLE REST.GET.OBJECT events/year%3D2026/a.json.gz "GET /audit-records/events/a.json.gz HTTP/1.1" 200 - 113 2662992 7 3 "-" "aws-cli/2.15 Python/3.11" v1 s9lzHYrFp76ZVxRcpX9+5cjAnEH2ROuNkd2BHfIa6UkFVdtjf5mKR3/eTPFvsiP/XV/VLi31234= SigV4 ECDHE-RSA-AES128-GCM-SHA256 AuthHeader audit-records.s3.eu-west-1.amazonaws.com TLSv1.3 - -',
    {
      time: "06/Feb/2026:00:00:38 +0000",
      operation: "REST.GET.OBJECT",
      http_status: "200",
      user_agent: '"aws-cli/2.15 Python/3.11"',
      version_id: "v1",
    },
  ],
  [
    "loadBalancers",
    'https 2026-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 10.0.0.1:80 0.086 0.048 0.037 200 200 0 57 "GET https://www.example.com:443/ HTTP/1.1" "curl/7.46.0" ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "Root=1-58337281-1d84f3d73c47ec4e58577259" "www.example.com" "arn:aws:acm:us-east-2:123456789012:certificate/12345678-1234-1234-1234-123456789012" 1 2026-07-02T22:22:48.364000Z "authenticate,forward" "-" "-" "10.0.0.1:80" "200" "-" "-" TID_1234abcd5678ef90',
    {
      client: "192.168.131.39:2817",
      elb_status_code: "200",
      request: "GET https://www.example.com:443/ HTTP/1.1",
      user_agent: "curl/7.46.0",
      actions_executed: "authenticate,forward",
    },
  ],
];
test.each(samples)("a line of %s falls into its columns", (name, line, columns) => {
  const { format, columns: all } = tables[name];
  const match = new RegExp(format.parameters?.["input.regex"] as string).exec(line);
  const values = Object.fromEntries(all.map(([column], index) => [column, match?.[index + 1]]));
  expect(values).toMatchObject(columns);
  expect(match).toHaveLength(all.length + 1);
});

/** Words of a query in lower case that are no functions, no fields of a structure and no names that it gives itself. */
function columnsOf(text: string): string[] {
  const bare = text.replace(/--.*$/gm, "").replace(/'[^']*'/g, "''");
  const given = [...bare.matchAll(/\bAS ([a-z_]+)/g)].map((match) => match[1]);
  const special = ["current_date", "current_timestamp"];
  return [...bare.matchAll(/(?<![.\w])"?([a-z_][a-z0-9_]*)"?(?![\w(]|\s*\()/g)]
    .map((match) => match[1] as string)
    .filter((word) => !given.includes(word) && !special.includes(word));
}

describe("every query", () => {
  test.each(files)("%s says what it answers, and reads columns that its table has", (file) => {
    const text = readFileSync(join(folder, file), "utf8");
    expect(text).toMatch(/^-- [A-Z]/);
    const from = /\nFROM (\w+)\n/.exec(text)?.[1];
    const table = Object.values(tables).find(({ name }) => name === from);
    const facts = { account: "", region: "", bucket: "", retentionDays: 1, clusters: [] };
    const known = [
      ...(table?.columns.map(([name]) => name) ?? []),
      ...(table?.partitions(facts).map(({ name }) => name) ?? []),
    ];
    const read = columnsOf(text).filter((word) => word !== from);
    expect(read.length).toBeGreaterThan(3);
    expect(read.filter((word) => !known.includes(word))).toEqual([]);
    // Partitions keep it from reading everything that was ever recorded.
    expect(text).toMatch(
      from === "events" ? /\nWHERE year >= / : /\nWHERE day >= date_format\(current_date - INTERVAL '\d+' DAY/,
    );
    expect(text.length).toBeLessThan(262_144);
  });

  test("about applications asks for classes of events that there are", () => {
    const classes: string[] = Object.values(AuditEventClass);
    const asked = ["decisions-of-a-case", "subject-requests", "model-approvals"].flatMap((name) =>
      [...sql(name).matchAll(/'([a-z]+\.[a-z]+)'/g)].map((match) => match[1] as string),
    );
    expect(asked.length).toBeGreaterThan(3);
    expect(asked.filter((name) => !classes.includes(name))).toEqual([]);
  });
});
