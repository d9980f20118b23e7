import { Requirement } from "aistack-core";
import { checks } from "./checks";
import type { CheckOptions } from "./finding";
import { type PlanFileResource, viewOfPlan } from "./from-plan";

/** A resource as a plan file has it; what is not said is left out or off. */
function made(type: string, inputs: object, more: Partial<PlanFileResource> = {}): PlanFileResource {
  const name = more.name ?? type.split(":").at(-1) ?? type;
  return {
    urn: `urn:pulumi:dev::test::${type}::${name}`,
    type,
    name,
    read: false,
    inputs,
    outputs: {},
    propertyDependencies: {},
    protect: false,
    retainOnDelete: false,
    ...more,
  };
}

/** What a check says: `holds`, `fails` or `unknown`, of each property. */
function said(requirement: Requirement, resources: PlanFileResource[], options: CheckOptions = {}): string[] {
  return checks[requirement](viewOfPlan({ resources }), options).map(({ urn, property, holds }) => {
    const verdict = holds === undefined ? "unknown" : holds ? "holds" : "fails";
    return `${urn.split("::").at(-1)} ${property ?? "-"} ${verdict}`;
  });
}

const unknown = { $unknown: true };
const secret = { $secret: true };
const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const pod = (spec: object, namespace = "app") => made("kubernetes:core/v1:Pod", { metadata: { namespace }, spec });
const closed = { allowPrivilegeEscalation: false, runAsNonRoot: true, capabilities: { drop: ["ALL"] } };
const restricted = { ...closed, seccompProfile: { type: "RuntimeDefault" } };
const container = (more: object = {}) => ({
  name: "c",
  image: "example.org/c:1.0",
  securityContext: restricted,
  ...more,
});

const postgres = (spec: object, more: Partial<PlanFileResource> = {}) =>
  made("kubernetes:postgresql.cnpg.io/v1:Cluster", { spec }, more);

/** The Job that makes room for records on Kubernetes. */
const recordsJob = (bucket: string, name = "records") =>
  made(
    "kubernetes:batch/v1:Job",
    {
      metadata: { labels: { "aistack.dev/purpose": "audit-records" } },
      spec: { template: { spec: { containers: [{ env: [{ name: "BUCKET", value: bucket }] }] } } },
    },
    { name },
  );
/** An object of the Prometheus operator with one alert. */
const prometheusRule = (rules: object, name = "rule") =>
  made(
    "kubernetes:monitoring.coreos.com/v1:PrometheusRule",
    { spec: { groups: [{ name: "audit", rules }] } },
    { name },
  );

const workloadIdentityProvider = "gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider";

const useServices = {
  Sid: "UseServices",
  Effect: "Allow",
  Resource: "*",
  Condition: { StringEquals: { "aws:RequestedRegion": ["eu-west-1"] } },
};

const rows: [Requirement, string, PlanFileResource[], string[]][] = [
  [
    Requirement.Alerted,
    "a rule of Prometheus for one of two stores on Kubernetes",
    [
      recordsJob("audit"),
      recordsJob("other", "unwatched"),
      prometheusRule([{ expr: 'sum(audit_denied_deletions{namespace="a", bucket="audit"}) > 0' }]),
    ],
    ["rule spec.groups[0].rules holds", "unwatched - fails"],
  ],
  [
    Requirement.Alerted,
    "rules of Prometheus about something else",
    [recordsJob("audit"), prometheusRule([{ expr: 'up{bucket="audit"} == 0' }])],
    ["records - fails"],
  ],
  [
    Requirement.Alerted,
    "a rule of Prometheus that is not known yet",
    [recordsJob("audit"), prometheusRule(unknown)],
    ["rule spec.groups[0].rules unknown"],
  ],
  [
    Requirement.LeastPrivilege,
    "policies of IAM",
    [
      made("aws:iam/rolePolicy:RolePolicy", { policy: policy({ Effect: "Allow", Action: "s3:*", Resource: "*" }) }),
      made(
        "aws:iam/rolePolicy:RolePolicy",
        { policy: policy({ Effect: "Allow", Action: "s3:*", Resource: "arn:aws:s3:::b/*" }) },
        { name: "scoped" },
      ),
      made("aws:iam/policy:Policy", { policy: policy({ Effect: "Allow", NotAction: "iam:*", Resource: "*" }) }),
      made("aws:s3/bucketPolicy:BucketPolicy", {
        policy: policy(
          { Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "b" },
          { Effect: "Deny", Principal: "*", Action: "s3:*", Resource: "*" },
          { Effect: "Allow", Principal: { AWS: "*" }, Action: "s3:GetObject", Resource: "b", Condition: { Bool: {} } },
        ),
      }),
      made("aws:kms/key:Key", {
        policy: policy({ Effect: "Allow", Principal: { AWS: "arn:aws:iam::1:root" }, Action: "kms:*", Resource: "*" }),
      }),
      made("aws:iam/rolePolicyAttachment:RolePolicyAttachment", {
        policyArn: "arn:aws:iam::aws:policy/AdministratorAccess",
      }),
    ],
    [
      "RolePolicy policy fails",
      "scoped policy holds",
      "Policy policy fails",
      "BucketPolicy policy fails",
      "BucketPolicy policy holds",
      "BucketPolicy policy holds",
      "Key policy holds",
      "RolePolicyAttachment policyArn fails",
    ],
  ],
  [
    Requirement.LeastPrivilege,
    "what a pipeline deploys with",
    [
      made("aws:iam/policy:Policy", { policy: policy({ ...useServices, Action: ["ec2:*", "s3:*"] }) }),
      made("aws:iam/rolePolicy:RolePolicy", { policy: policy({ ...useServices, Action: ["s3:*", "iam:*"] }) }),
      made("aws:iam/rolePolicy:RolePolicy", { policy: policy({ ...useServices, Action: "s3:*", Condition: {} }) }),
    ],
    ["Policy policy holds", "RolePolicy policy fails", "RolePolicy policy fails"],
  ],
  [
    Requirement.LeastPrivilege,
    "tokens of others",
    [
      ...[
        { StringEquals: { "token.actions.githubusercontent.com:sub": ["repo:o/n:pull_request"] } },
        { StringLike: { "gitlab.com:sub": "project_path:g/p:ref_type:branch:ref:*" } },
        { StringLike: { "token.actions.githubusercontent.com:sub": "repo:o/*" } },
        { StringEquals: { "token.actions.githubusercontent.com:aud": "sts.amazonaws.com" } },
      ].map((Condition) =>
        made("aws:iam/role:Role", {
          assumeRolePolicy: policy({ Effect: "Allow", Action: "sts:AssumeRoleWithWebIdentity", Condition }),
        }),
      ),
      made(workloadIdentityProvider, { attributeCondition: 'assertion.repository == "o/n"' }),
      made(workloadIdentityProvider, {}),
      made(workloadIdentityProvider, { attributeCondition: unknown }),
    ],
    [
      "Role assumeRolePolicy holds",
      "Role assumeRolePolicy holds",
      "Role assumeRolePolicy fails",
      "Role assumeRolePolicy fails",
      "WorkloadIdentityPoolProvider attributeCondition holds",
      "WorkloadIdentityPoolProvider attributeCondition fails",
      "WorkloadIdentityPoolProvider attributeCondition unknown",
    ],
  ],
  [
    Requirement.LeastPrivilege,
    "roles of Google Cloud and Kubernetes",
    [
      made("gcp:projects/iAMMember:IAMMember", { role: "roles/editor", member: "user:a@example.org" }),
      made(
        "gcp:storage/bucketIAMMember:BucketIAMMember",
        { role: "roles/storage.objectViewer", member: "user:a@example.org" },
        {},
      ),
      made("kubernetes:rbac.authorization.k8s.io/v1:ClusterRole", {
        rules: [
          { verbs: ["*"], resources: ["*"] },
          { verbs: ["get"], resources: ["*"] },
        ],
      }),
      made("kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding", {
        roleRef: { name: "cluster-admin" },
        subjects: [{ kind: "ServiceAccount", name: "builder" }],
      }),
    ],
    [
      "IAMMember role fails",
      "BucketIAMMember role holds",
      "ClusterRole rules[0] fails",
      "ClusterRole rules[1] holds",
      "ClusterRoleBinding roleRef.name fails",
    ],
  ],
  [
    Requirement.NoPublicAccess,
    "buckets and grants",
    [
      made("aws:s3/bucket:Bucket", { bucket: "bare" }),
      made("gcp:storage/bucket:Bucket", { publicAccessPrevention: "inherited", uniformBucketLevelAccess: true }),
      made("gcp:storage/bucketIAMBinding:BucketIAMBinding", { members: ["allUsers"] }),
    ],
    [
      "Bucket - fails",
      "Bucket publicAccessPrevention fails",
      "Bucket uniformBucketLevelAccess holds",
      "BucketIAMBinding members fails",
    ],
  ],
  [
    Requirement.NoPublicEndpoint,
    "APIs of clusters",
    [
      made("aws:eks/cluster:Cluster", { vpcConfig: { endpointPublicAccess: true } }),
      made("aws:eks/cluster:Cluster", { vpcConfig: { endpointPublicAccess: false } }, { name: "private" }),
      made(
        "aws:eks/cluster:Cluster",
        { vpcConfig: { publicAccessCidrs: ["203.0.113.0/24", "0.0.0.0/0"] } },
        { name: "wide" },
      ),
      made("gcp:container/cluster:Cluster", { privateClusterConfig: { enablePrivateEndpoint: true } }, { name: "gke" }),
      made(
        "gcp:container/cluster:Cluster",
        { masterAuthorizedNetworksConfig: { cidrBlocks: [{ cidrBlock: "0.0.0.0/0" }] } },
        { name: "gke-wide" },
      ),
    ],
    [
      "Cluster vpcConfig.publicAccessCidrs fails",
      "private vpcConfig.endpointPublicAccess holds",
      "wide vpcConfig.publicAccessCidrs fails",
      "gke privateClusterConfig.enablePrivateEndpoint holds",
      "gke-wide masterAuthorizedNetworksConfig.cidrBlocks fails",
    ],
  ],
  [
    Requirement.NoPublicEndpoint,
    "firewalls, databases and load balancers",
    [
      made("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", { cidrIpv6: "::/0" }),
      made("aws:ec2/securityGroupRule:SecurityGroupRule", { type: "egress", cidrBlocks: ["0.0.0.0/0"] }),
      made("gcp:compute/firewall:Firewall", { allows: [{ protocol: "tcp" }], sourceRanges: ["10.0.0.0/8"] }),
      made("aws:rds/instance:Instance", { publiclyAccessible: true }),
      made("aws:lb/loadBalancer:LoadBalancer", {}),
      made("kubernetes:core/v1:Service", { spec: { type: "LoadBalancer" } }),
      made(
        "kubernetes:core/v1:Service",
        {
          metadata: { annotations: { "networking.gke.io/load-balancer-type": "Internal" } },
          spec: { type: "LoadBalancer" },
        },
        { name: "inside" },
      ),
      made("kubernetes:core/v1:Service", { spec: { type: "ClusterIP" } }, { name: "own" }),
    ],
    [
      "SecurityGroupIngressRule cidrIpv6 fails",
      "Firewall sourceRanges holds",
      "Instance publiclyAccessible fails",
      "LoadBalancer internal fails",
      "Service spec.loadBalancerSourceRanges fails",
      "inside metadata.annotations holds",
    ],
  ],
  [
    Requirement.EncryptionAtRest,
    "stores with and without keys",
    [
      made("aws:rds/cluster:Cluster", { storageEncrypted: true }),
      made("aws:efs/fileSystem:FileSystem", {}),
      made("aws:cloudwatch/logGroup:LogGroup", { kmsKeyId: unknown }),
      made("gcp:bigquery/dataset:Dataset", {}),
      made("kubernetes:storage.k8s.io/v1:StorageClass", {
        provisioner: "ebs.csi.aws.com",
        parameters: { encrypted: "false" },
      }),
      made("kubernetes:storage.k8s.io/v1:StorageClass", { provisioner: "rancher.io/local-path" }, { name: "local" }),
    ],
    [
      "Cluster storageEncrypted holds",
      "FileSystem kmsKeyId fails",
      "LogGroup kmsKeyId holds",
      "Dataset defaultEncryptionConfiguration.kmsKeyName fails",
      "StorageClass parameters.encrypted fails",
    ],
  ],
  [
    Requirement.KeyRotation,
    "keys of both clouds",
    [
      made("aws:kms/key:Key", { enableKeyRotation: true }),
      made("aws:kms/key:Key", { customerMasterKeySpec: "RSA_2048" }, { name: "pair" }),
      made("gcp:kms/cryptoKey:CryptoKey", {}),
    ],
    ["Key enableKeyRotation holds", "CryptoKey rotationPeriod fails"],
  ],
  [
    Requirement.EncryptionInTransit,
    "listeners, sites and ingresses",
    [
      made("aws:lb/listener:Listener", { protocol: "HTTP", defaultActions: [{ type: "forward" }] }),
      made(
        "aws:lb/listener:Listener",
        { protocol: "HTTP", defaultActions: [{ type: "redirect", redirect: { protocol: "HTTPS" } }] },
        { name: "redirect" },
      ),
      made("aws:cloudfront/distribution:Distribution", { defaultCacheBehavior: { viewerProtocolPolicy: "allow-all" } }),
      made("kubernetes:networking.k8s.io/v1:Ingress", { spec: { tls: [{ hosts: ["a.example.org"] }] } }),
    ],
    [
      "Distribution defaultCacheBehavior.viewerProtocolPolicy fails",
      "Listener protocol fails",
      "redirect protocol holds",
      "Ingress spec.tls holds",
    ],
  ],
  [
    Requirement.EncryptionInTransit,
    "databases of CloudNativePG",
    [
      postgres({ postgresql: { pg_hba: ["hostnossl all all all reject"] } }, { name: "closed" }),
      postgres({ postgresql: { pg_hba: ["hostnossl app app all reject"] } }, { name: "half" }),
      postgres({}, { name: "open" }),
    ],
    ["closed spec.postgresql.pg_hba holds", "half spec.postgresql.pg_hba fails", "open spec.postgresql.pg_hba fails"],
  ],
  [
    Requirement.NoPlainSecret,
    "variables, maps, Secrets and properties",
    [
      pod({
        containers: [
          container({
            env: [
              { name: "DB_PASSWORD", value: "hunter2" },
              { name: "API_KEY", valueFrom: { secretKeyRef: { name: "s", key: "k" } } },
              { name: "API_KEY_FILE", value: "/etc/key" },
            ],
          }),
        ],
      }),
      made("kubernetes:core/v1:ConfigMap", { data: { key: "-----BEGIN RSA PRIVATE KEY-----\nabc" } }),
      made("kubernetes:core/v1:Secret", { stringData: { token: "plain" } }),
      made("kubernetes:core/v1:Secret", { stringData: secret }, { name: "sealed" }),
      made("aws:rds/cluster:Cluster", { masterPassword: "hunter2" }),
      made("aws:ec2/launchTemplate:LaunchTemplate", { userData: "export AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE" }),
    ],
    [
      "Pod spec.containers[0].env[0] (DB_PASSWORD) fails",
      "Pod spec.containers[0].env[1] (API_KEY) holds",
      "ConfigMap data fails",
      "Secret stringData fails",
      "sealed stringData holds",
      "Cluster masterPassword fails",
      "LaunchTemplate userData fails",
    ],
  ],
  [
    Requirement.HardenedWorkloads,
    "pods, and those that work on the host",
    [
      made("kubernetes:core/v1:Namespace", {
        metadata: { name: "drivers", labels: { "pod-security.kubernetes.io/enforce": "privileged" } },
      }),
      pod({ containers: [container()] }),
      { ...pod({ hostPID: true, containers: [container()] }), urn: "urn::host" },
      { ...pod({ containers: [container({ securityContext: { privileged: true } })] }, "drivers"), urn: "urn::driver" },
      { ...pod({ volumes: [{ hostPath: { path: "/" } }], containers: [container()] }), urn: "urn::path" },
      { ...pod({ initContainers: [container({ securityContext: closed })], containers: [] }), urn: "urn::init" },
    ],
    ["Pod spec holds", "host spec fails", "driver metadata.namespace holds", "path spec fails", "init spec fails"],
  ],
  [
    Requirement.ImagesPinned,
    "images and charts",
    [
      pod({
        containers: ["a:latest", "a", "host:5000/a", "host:5000/a:1", `a@sha256:${"0".repeat(64)}`].map((image) =>
          container({ image }),
        ),
      }),
      made("kubernetes:helm.sh/v3:Release", { chart: "c" }),
    ],
    [
      "Pod spec.containers[0].image fails",
      "Pod spec.containers[1].image fails",
      "Pod spec.containers[2].image fails",
      "Pod spec.containers[3].image holds",
      "Pod spec.containers[4].image holds",
      "Release version fails",
    ],
  ],
  [
    Requirement.Recoverable,
    "what keeps data",
    [
      made("aws:dynamodb/table:Table", { deletionProtectionEnabled: true }),
      made("aws:rds/cluster:Cluster", {}, { protect: true }),
      made("gcp:bigquery/dataset:Dataset", {}, { retainOnDelete: true }),
      made("aws:efs/fileSystem:FileSystem", {}),
      made("kubernetes:core/v1:PersistentVolumeClaim", { metadata: { labels: { "aistack.dev/content": "derived" } } }),
      made("kubernetes:apps/v1:StatefulSet", {
        spec: { volumeClaimTemplates: [{}], persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" } },
      }),
    ],
    [
      "Table deletionProtectionEnabled holds",
      "Cluster protect holds",
      "FileSystem retainOnDelete fails",
      "Dataset retainOnDelete holds",
      "PersistentVolumeClaim aistack:content holds",
      "StatefulSet spec.persistentVolumeClaimRetentionPolicy.whenDeleted fails",
    ],
  ],
  [
    Requirement.Recoverable,
    "databases of CloudNativePG",
    [postgres({}, { name: "kept", retainOnDelete: true }), postgres({}, { name: "gone" })],
    ["kept retainOnDelete holds", "gone retainOnDelete fails"],
  ],
  [
    Requirement.Residency,
    "regions",
    [
      made("aws:dynamodb/table:Table", { region: "us-east-1" }),
      made("aws:efs/fileSystem:FileSystem", { region: "eu-north-1" }),
      made("gcp:storage/bucket:Bucket", { location: "EU" }),
      made("gcp:filestore/instance:Instance", { location: "europe-west4-a" }),
      made("gcp:bigquery/dataset:Dataset", { location: "moon-1" }),
    ],
    [
      "Table region fails",
      "FileSystem region holds",
      "Bucket location holds",
      "Dataset location fails",
      "Instance location holds",
    ],
  ],
];

test.each(rows)("%s: %s", (requirement, _, resources, expected) => {
  expect(said(requirement, resources)).toEqual(expected);
});

test("jobs of SageMaker's pipelines are judged by the definition, inside conditions too", () => {
  const network = { EnableInterContainerTrafficEncryption: true };
  const definition = (steps: object[]) => ({
    pipelineDefinition: JSON.stringify({ Version: "2020-12-01", Steps: steps }),
  });
  const training = { OutputDataConfig: { S3OutputPath: "s3://runs", KmsKeyId: "k" }, ...network };
  const pipeline = made(
    "aws:sagemaker/pipeline:Pipeline",
    definition([
      { Name: "ingest", Type: "Processing", Arguments: { ProcessingOutputConfig: {}, NetworkConfig: network } },
      { Name: "search", Type: "Tuning", Arguments: { TrainingJobDefinition: training } },
      {
        Name: "gate",
        Type: "Condition",
        Arguments: {
          IfSteps: [{ Name: "train", Type: "Training", Arguments: { OutputDataConfig: { KmsKeyId: "k" } } }],
        },
      },
    ]),
  );
  expect(said(Requirement.EncryptionInTransit, [pipeline])).toEqual([
    "Pipeline pipelineDefinition.ingest.EnableInterContainerTrafficEncryption holds",
    "Pipeline pipelineDefinition.search.EnableInterContainerTrafficEncryption holds",
    "Pipeline pipelineDefinition.train.EnableInterContainerTrafficEncryption fails",
  ]);
  expect(said(Requirement.EncryptionAtRest, [pipeline])).toEqual([
    "Pipeline pipelineDefinition.ingest.ProcessingOutputConfig.KmsKeyId fails",
    "Pipeline pipelineDefinition.search.OutputDataConfig.KmsKeyId holds",
    "Pipeline pipelineDefinition.train.OutputDataConfig.KmsKeyId holds",
  ]);
  expect(
    said(Requirement.EncryptionAtRest, [made("aws:sagemaker/pipeline:Pipeline", { pipelineDefinition: unknown })]),
  ).toEqual([]);
});

test("an MLflow app has to be kept, and is judged by no key, of which the provider has none", () => {
  const app = (more: object) => made("aws:sagemaker/mlflowApp:MlflowApp", {}, more);
  expect(said(Requirement.EncryptionAtRest, [app({})])).toEqual([]);
  expect(said(Requirement.Recoverable, [app({ retainOnDelete: true }), app({ name: "lost" })])).toEqual([
    expect.stringMatching(/^MlflowApp .* holds$/),
    expect.stringMatching(/^lost .* fails$/),
  ]);
});

test("tags are those that are asked for, in the writing of each cloud", () => {
  const resources = [
    made("aws:kms/key:Key", { tags: { "Cost-Centre": "42" } }),
    made("gcp:storage/bucket:Bucket", { labels: { "cost-centre": "42" } }),
  ];
  expect(said(Requirement.Tagged, resources, { tags: ["Cost-Centre"] })).toEqual([
    "Key tags.Cost-Centre holds",
    "Bucket labels.cost-centre holds",
  ]);
  expect(said(Requirement.Tagged, resources)).toEqual([
    "Key tags.aistack:component fails",
    "Key tags.aistack:environment fails",
    "Bucket labels.aistack-component fails",
    "Bucket labels.aistack-environment fails",
  ]);
});

test("what is read is somebody else's, and not judged", () => {
  const read = made("aws:efs/fileSystem:FileSystem", {}, { read: true });
  expect(said(Requirement.EncryptionAtRest, [read])).toEqual([]);
});

test("a value that is not known yet is judged neither way", () => {
  const key = made("aws:kms/key:Key", { enableKeyRotation: unknown });
  expect(said(Requirement.KeyRotation, [key])).toEqual(["Key enableKeyRotation unknown"]);
});

test("no finding shows a credential", () => {
  const resources = rows.flatMap(([requirement, , own]) => (requirement === Requirement.NoPlainSecret ? own : []));
  const findings = checks[Requirement.NoPlainSecret](viewOfPlan({ resources }), {});
  expect(JSON.stringify(findings)).not.toMatch(/hunter2|abc|AKIA|plain"/);
});
