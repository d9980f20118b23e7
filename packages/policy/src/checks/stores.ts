/** Stores of any kind: encryption, keys, public access, classification, protection. */
import { derivedContent, isAdequateRegion, Platform } from "aistack-core/compliance";
import { type Check, type Fact, type Finding, fact, isSet, isTrue, judged, missing } from "../finding";
import { entryOf, listAt, type PlanView, type Resource, unknown, type Value, valueAt } from "../view";
import { bucketType, settingOf, settingsOf } from "./buckets";
import { jobsAtRest, jobsInTransit } from "./jobs";
import { policiesOf } from "./policies";
import { recordsOf, variableOf } from "./records";
import { type StoreType, storeTypes } from "./store-types";

/** Every store of a type that is known here, S3 buckets aside. */
function storesOf(plan: PlanView): { resource: Resource; type: StoreType }[] {
  return Object.entries(storeTypes).flatMap(([token, type]) =>
    plan.ofType(token).map((resource) => ({ resource, type })),
  );
}

export const encryptionAtRest: Check = (plan) => {
  const records = new Set(recordsOf(plan).map(({ resource }) => resource.urn));
  const buckets = plan.ofType(bucketType).map((bucket): Finding => {
    const path = "rules[0].applyServerSideEncryptionByDefault";
    const found = settingOf(plan, bucket, "BucketServerSideEncryptionConfiguration", path);
    if (found === undefined)
      return missing(bucket, "has no BucketServerSideEncryptionConfiguration; add one with a KMS key");
    // Services that deliver logs cannot use a key of KMS, so that S3's own is right for what is no record.
    if (!records.has(bucket.urn) && valueAt(found.value, "sseAlgorithm") === "AES256")
      return judged({ ...found, path: `${path}.sseAlgorithm`, value: "AES256" }, () => true, "");
    const key: Fact = { ...found, path: `${path}.kmsMasterKeyId`, value: valueAt(found.value, "kmsMasterKeyId") };
    return judged(keyed(key), isSet, "is encrypted with no key that you control; name one in kmsMasterKeyId");
  });
  const others = storesOf(plan).flatMap(({ resource, type }): Finding[] => {
    if (type.key.length === 0) return [];
    const paths = [...type.key, ...(type.ownKey ?? [])];
    const found = paths.map((path) => fact(resource, path)).find(({ value }) => isSet(value) && value !== false);
    const first = found ?? fact(resource, type.key[0] as string);
    return [judged(keyed(first), isSet, `is not encrypted with a key that you control; set ${type.key.join(" or ")}`)];
  });
  const onCluster = objectStoresOf(plan).map((store) =>
    judged(
      secretVariableOf(store, "WEED_S3_SSE_KEK"),
      isSet,
      "keeps objects without encryption; give it a key from a Secret",
    ),
  );
  const classes = plan.ofType("kubernetes:storage.k8s.io/v1:StorageClass").flatMap(encryptedVolumes);
  return [...buckets, ...others, ...onCluster, ...classes, ...jobsAtRest(plan)];
};

/** Stores of objects that run on a cluster. */
function objectStoresOf(plan: PlanView): Resource[] {
  return plan
    .ofType("kubernetes:apps/v1:StatefulSet")
    .filter(
      ({ props }) => entryOf(valueAt(props, "metadata.labels"), "app.kubernetes.io/component") === "object-store",
    );
}

/** Where a variable of the first container comes from, if from a Secret. */
function secretVariableOf(resource: Resource, name: string): Fact {
  const path = "spec.template.spec.containers[0].env";
  const index = listAt(resource.props, path).findIndex((row) => valueAt(row, "name") === name);
  return index < 0
    ? { resource, path: name, value: undefined }
    : fact(resource, `${path}[${index}].valueFrom.secretKeyRef`);
}

/** A key that is still to come will be there: a reference to a resource is as good as its name. */
function keyed(found: Fact): Fact {
  return found.value === unknown ? { ...found, value: "known after up" } : found;
}

/** Provisioners whose parameters say whether volumes are encrypted. */
const volumeEncryption: Readonly<Record<string, { path: string; holds: (value: Value | undefined) => boolean }>> = {
  "ebs.csi.aws.com": { path: "parameters.encrypted", holds: isTrue },
  "pd.csi.storage.gke.io": { path: "parameters.disk-encryption-kms-key", holds: isSet },
};

function encryptedVolumes(storageClass: Resource): Finding[] {
  const known = volumeEncryption[String(storageClass.props.provisioner)];
  if (known === undefined) return [];
  const found = fact(storageClass, known.path);
  return [judged(keyed(found), known.holds, `makes volumes without encryption; set ${known.path}`)];
}

export const keyRotation: Check = (plan) => [
  ...plan
    .ofType("aws:kms/key:Key")
    // Only symmetric keys can be rotated by KMS.
    .filter(({ props }) => [undefined, "SYMMETRIC_DEFAULT"].includes(props.customerMasterKeySpec as string | undefined))
    .map((key) => judged(fact(key, "enableKeyRotation"), isTrue, "is never rotated; set enableKeyRotation")),
  ...plan
    .ofType("gcp:kms/cryptoKey:CryptoKey")
    .filter(({ props }) => [undefined, "ENCRYPT_DECRYPT"].includes(props.purpose as string | undefined))
    .map((key) => judged(fact(key, "rotationPeriod"), isSet, "is never rotated; set rotationPeriod")),
];

const blocks = ["blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"];
const everybody = ["allUsers", "allAuthenticatedUsers"];

export const noPublicAccess: Check = (plan) => [
  ...plan.ofType(bucketType).flatMap((bucket): Finding[] => {
    const [block] = settingsOf(plan, bucket, "BucketPublicAccessBlock");
    if (block === undefined)
      return [missing(bucket, "has no BucketPublicAccessBlock; add one with all four settings true")];
    return [block].flatMap(blockFindings);
  }),
  ...plan
    .ofType("gcp:storage/bucket:Bucket")
    .flatMap((bucket) => [
      judged(
        fact(bucket, "publicAccessPrevention"),
        (value) => value === "enforced",
        'can be opened to the public; set publicAccessPrevention to "enforced"',
      ),
      judged(
        fact(bucket, "uniformBucketLevelAccess"),
        isTrue,
        "has access lists by object; set uniformBucketLevelAccess",
      ),
    ]),
  ...plan.resources
    .filter(({ type }) => /^gcp:.*I[Aa][Mm](Member|Binding)$/.test(type))
    .map((grant) =>
      judged(
        fact(grant, "member" in grant.props ? "member" : "members"),
        (value) => ![value].flat().some((member) => everybody.includes(String(member))),
        "grants access to everybody; name who needs it",
      ),
    ),
];

/** The settings of a public access block, one by one; also what the rule for one resource looks at. */
export function blockFindings(block: Resource): Finding[] {
  return blocks.map((path) => judged(fact(block, path), isTrue, `lets the public in; set ${path} to true`));
}

export const encryptionInTransit: Check = (plan) => [
  ...jobsInTransit(plan),
  ...plan.ofType(bucketType).map((bucket): Finding => {
    const [policy] = settingsOf(plan, bucket, "BucketPolicy");
    const reason = "takes requests without TLS; deny them in the bucket's policy by aws:SecureTransport";
    if (policy === undefined) return missing(bucket, reason);
    const found = fact(policy, "policy");
    if (found.value === unknown) return judged(found, () => true, reason);
    const denies = policiesOf(policy).some(
      ({ statement }) =>
        statement.Effect === "Deny" && valueAt(statement.Condition, "Bool.aws:SecureTransport") === "false",
    );
    return judged(found, () => denies, reason);
  }),
  ...recordsOf(plan)
    .filter(({ resource }) => resource.type.startsWith("kubernetes:"))
    .map(({ resource }) =>
      judged(
        variableOf(resource, "spec.template.spec", "AWS_ENDPOINT_URL_S3"),
        (value) => String(value).startsWith("https://"),
        "is reached without TLS; give the store a certificate",
      ),
    ),
  ...plan
    .ofType("aws:cloudfront/distribution:Distribution")
    .map((site) =>
      judged(
        fact(site, "defaultCacheBehavior.viewerProtocolPolicy"),
        (value) => value === "https-only" || value === "redirect-to-https",
        'answers without TLS; set viewerProtocolPolicy to "https-only"',
      ),
    ),
  ...plan
    .ofType("aws:lb/listener:Listener")
    .map((listener) =>
      judged(
        fact(listener, "protocol"),
        (value) => value === "HTTPS" || value === "TLS" || listAt(listener.props, "defaultActions").some(isRedirect),
        "takes connections without TLS; set protocol to HTTPS or TLS",
      ),
    ),
  ...plan
    .ofType("kubernetes:networking.k8s.io/v1:Ingress")
    .map((ingress) =>
      judged(fact(ingress, "spec.tls"), (value) => isSet(value), "takes connections without TLS; set spec.tls"),
    ),
  ...plan
    .ofType(postgresCluster)
    .map((cluster) =>
      judged(
        fact(cluster, "spec.postgresql.pg_hba"),
        (value) => [value].flat().some((rule) => /^hostnossl(\s+all){3}\s+reject$/.test(String(rule))),
        'takes connections without TLS; have "hostnossl all all all reject" among the rules of spec.postgresql.pg_hba',
      ),
    ),
  // Google's interfaces are used over TLS by all of its clients and libraries; what reads a bucket is granted by IAM.
  ...plan
    .ofType("gcp:storage/bucket:Bucket")
    .map((bucket) =>
      judged(
        fact(bucket, "publicAccessPrevention"),
        (value) => value === "enforced",
        "may be read without credentials, and so without TLS; set publicAccessPrevention",
      ),
    ),
];

/** PostgreSQL by CloudNativePG. */
const postgresCluster = "kubernetes:postgresql.cnpg.io/v1:Cluster";

function isRedirect(action: Value): boolean {
  return valueAt(action, "type") === "redirect" && valueAt(action, "redirect.protocol") === "HTTPS";
}

const dataClassKeys = { aws: "aistack:data-class", gcp: "aistack-data-class" };

export const classified: Check = (plan) => {
  const stores = [
    ...plan.ofType(bucketType),
    ...storesOf(plan).flatMap(({ resource, type }) => (type.durable ? [resource] : [])),
  ];
  return stores.map((store) => {
    const path = store.type.startsWith("aws:") ? "tags" : "labels";
    const key = store.type.startsWith("aws:") ? dataClassKeys.aws : dataClassKeys.gcp;
    const found: Fact = { resource: store, path: `${path}.${key}`, value: entryOf(store.props[path], key) };
    return judged(found, isSet, `does not say how sensitive its content is; set ${path}["${key}"]`);
  });
};

/** Types whose cost and owner people ask for. */
const costly = /^aws:(eks\/cluster|eks\/nodeGroup|s3\/bucket|kms\/key|ec2\/vpc):/;
const costlyOnGcp = /^gcp:(container\/cluster|storage\/bucket):/;

export const tagged: Check = (plan, { tags = ["aistack:component", "aistack:environment"] }) =>
  plan.resources.flatMap((resource) => {
    const isAws = costly.test(resource.type);
    if (!isAws && !costlyOnGcp.test(resource.type)) return [];
    const path = isAws ? "tags" : resource.type.startsWith("gcp:container/") ? "resourceLabels" : "labels";
    return tags.map((tag) => {
      const key = isAws ? tag : labelKey(tag);
      const found: Fact = { resource, path: `${path}.${key}`, value: entryOf(resource.props[path], key) };
      return judged(found, isSet, `does not say what it belongs to; set ${path}["${key}"]`);
    });
  });

export const recoverable: Check = (plan) => {
  const versions = plan.ofType(bucketType).map((bucket): Finding => {
    const found = settingOf(plan, bucket, "BucketVersioning", "versioningConfiguration.status");
    const reason = "keeps no older versions, so that what is overwritten is lost; enable versioning";
    return found === undefined ? missing(bucket, reason) : judged(found, (value) => value === "Enabled", reason);
  });
  const kept = [
    ...plan.ofType(bucketType).map((resource) => keptFinding(resource, [])),
    ...storesOf(plan).flatMap(({ resource, type }) =>
      type.durable ? [keptFinding(resource, type.protection ?? [])] : [],
    ),
    ...plan.ofType("kubernetes:core/v1:PersistentVolumeClaim").map((claim) => claimFinding(plan, claim)),
    ...plan.ofType(postgresCluster).map((cluster) => keptFinding(cluster, [])),
    ...plan
      .ofType("kubernetes:apps/v1:StatefulSet")
      .filter(({ props }) => listAt(props, "spec.volumeClaimTemplates").length > 0)
      .map((set) =>
        judged(
          fact(set, "spec.persistentVolumeClaimRetentionPolicy.whenDeleted"),
          (value) => value === undefined || value === "Retain",
          'deletes its volumes with itself; set whenDeleted to "Retain"',
        ),
      ),
  ];
  return [...versions, ...kept];
};

/** A claim of a volume that is there keeps what the volume keeps; of a new one, it is all that there is. */
function claimFinding(plan: PlanView, claim: Resource): Finding {
  const volume = plan
    .ofType("kubernetes:core/v1:PersistentVolume")
    .find(
      (own) =>
        isSet(valueAt(claim.props, "spec.volumeName")) &&
        (claim.dependsOn.spec?.includes(own.urn) ||
          valueAt(own.props, "metadata.name") === valueAt(claim.props, "spec.volumeName")),
    );
  if (volume === undefined) return keptFinding(claim, []);
  return judged(
    fact(volume, "spec.persistentVolumeReclaimPolicy"),
    (value) => value === undefined || value === "Retain",
    'is deleted with its claim; set persistentVolumeReclaimPolicy to "Retain"',
  );
}

/** Whether what a store holds can be had again from elsewhere. */
function isDerived({ props }: Resource): boolean {
  const marks = [
    [props.tags, derivedContent.tag],
    [props.labels, asLabels(derivedContent.tag)],
    [valueAt(props, "metadata.labels"), derivedContent.label],
  ] as const;
  return marks.some(([own, mark]) => Object.entries(mark).every(([key, value]) => entryOf(own, key) === value));
}

/** Tags in the writing of Google Cloud's labels. */
function asLabels(tags: { [key: string]: string }): { [key: string]: string } {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [labelKey(key), value]));
}

function labelKey(tag: string): string {
  return tag.toLowerCase().replace(/[^a-z0-9_-]+/g, "-");
}

/** Whether a store outlives a mistaken `destroy`. A policy under `pulumi up` is not told of `retainOnDelete`. */
function keptFinding(resource: Resource, protection: readonly string[]): Finding {
  const { urn, protect, retainOnDelete } = resource;
  if (isDerived(resource)) return { urn, property: "aistack:content", value: "derived", holds: true };
  const input = protection.map((path) => fact(resource, path)).find(({ value }) => isTrue(value));
  if (input !== undefined) return judged(input, isTrue, "");
  if (protect) return { urn, property: "protect", value: "true", holds: true };
  if (retainOnDelete) return { urn, property: "retainOnDelete", value: "true", holds: true };
  const ways = ["protect", "retainOnDelete", ...protection].join(" or ");
  if (retainOnDelete === undefined) return { urn, property: "retainOnDelete", value: "not told", holds: undefined };
  const reason = `is deleted by destroy, with what it holds; set ${ways}`;
  return { urn, property: "retainOnDelete", value: "false", holds: false, reason };
}

const platforms: Readonly<Record<string, Platform>> = { aws: Platform.Aws, gcp: Platform.Gcp };

export const residency: Check = (plan) => {
  const stores = [
    ...plan.ofType(bucketType),
    ...storesOf(plan).flatMap(({ resource, type }) => (type.durable ? [resource] : [])),
  ];
  return stores.map((store) => {
    const platform = platforms[store.type.split(":", 1)[0] as string] as Platform;
    const path = ["region", "location", "bucketRegion"].find((key) => isSet(store.props[key])) ?? "region";
    const found = fact(store, path);
    // A region that the provider has by default is told by the provider only.
    if (found.value === undefined) return judged({ ...found, value: unknown }, () => true, "");
    const region = String(found.value).replace(/^([a-z]+-[a-z]+\d+)-[a-z]$/, "$1");
    return judged(
      found,
      () => isAdequateRegion(platform, region) === true,
      "is in no region of the European Economic Area or of a country that the Commission found adequate",
    );
  });
};
