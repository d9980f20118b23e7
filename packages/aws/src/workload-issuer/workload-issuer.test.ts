import { createPublicKey, createSign, createVerify, generateKeyPairSync, type JsonWebKey } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { type Graph, type Mode, plan } from "aistack-engine";
import { allStatements, created, inputs, modes, refusal, statements, waitsFor } from "../testing";
import type { WorkloadIssuerArgs } from "./args";
import { discoveryDocument, jwkOf, keySet } from "./documents";
import { WorkloadIssuer } from "./workload-issuer";

const publicKeyEncoding = { type: "spki", format: "pem" } as const;
const privateKeyEncoding = { type: "pkcs8", format: "pem" } as const;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048, publicKeyEncoding, privateKeyEncoding });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256", publicKeyEncoding, privateKeyEncoding });

// What CloudFront answers with, since the plan does not make up host names.
const answers = {
  resources: {
    "aws:cloudfront/distribution:Distribution": {
      domainName: "d111111abcdef8.cloudfront.net",
      arn: "arn:aws:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE",
    },
  },
};
const url = "https://d111111abcdef8.cloudfront.net";

const issuer = (args: Partial<WorkloadIssuerArgs> = {}, mode: Mode = "simulate"): Promise<Graph> =>
  plan(
    () => {
      const made = new WorkloadIssuer("plant", { signingPublicKeyPem: rsa.publicKey, ...args });
      return { binding: made.binding, url: made.url };
    },
    { mode, answers, config: { "aws:region": "eu-west-1" } },
  );

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    const graph = await issuer({}, mode);
    expect(created(graph)).toEqual([
      "plant-access OriginAccessControl",
      "plant-discovery BucketObjectv2",
      "plant-distribution Distribution",
      "plant-documents Bucket",
      "plant-encryption BucketServerSideEncryptionConfiguration",
      "plant-keys BucketObjectv2",
      "plant-owner BucketOwnershipControls",
      "plant-policy BucketPolicy",
      "plant-private BucketPublicAccessBlock",
      "plant-provider OpenIdConnectProvider",
      "plant-versions BucketVersioning",
    ]);
    expect(graph.diagnostics).toEqual([]);
  });

  test("the bucket is closed to the public, and the distribution answers over TLS alone", async () => {
    const graph = await issuer({}, mode);
    expect(inputs(graph, "plant-private")).toMatchObject({
      blockPublicAcls: true,
      blockPublicPolicy: true,
      ignorePublicAcls: true,
      restrictPublicBuckets: true,
    });
    expect(inputs(graph, "plant-distribution", "defaultCacheBehavior")).toMatchObject({
      viewerProtocolPolicy: "https-only",
      allowedMethods: ["GET", "HEAD"],
    });
    expect(inputs(graph, "plant-access")).toMatchObject({ signingBehavior: "always", signingProtocol: "sigv4" });
    expect(inputs(graph, "plant-documents", "tags")).toMatchObject({
      "aistack:data-class": "public",
      "aistack:content": "derived",
    });
  });

  test("the key set holds the public key as Kubernetes would publish it", async () => {
    const graph = await issuer({}, mode);
    expect(inputs(graph, "plant-keys")).toMatchObject({
      key: "openid/v1/jwks",
      contentType: "application/json",
      cacheControl: "max-age=300",
    });
    const { keys } = JSON.parse(inputs(graph, "plant-keys", "content"));
    expect(keys).toEqual([jwkOf(rsa.publicKey)]);
    expect(Object.keys(keys[0]).sort()).toEqual(["alg", "e", "kid", "kty", "n", "use"]);
  });

  test("keys that are about to go or to come are published as well, each once", async () => {
    const given = [pulumi.output(ec.publicKey), rsa.publicKey];
    const graph = await issuer({ otherPublicKeysPem: given }, mode);
    const { keys } = JSON.parse(inputs(graph, "plant-keys", "content"));
    expect(keys.map((key: { alg: string }) => key.alg)).toEqual(["RS256", "ES256"]);
    const later = await issuer({ otherPublicKeysPem: pulumi.output([ec.publicKey]) }, mode);
    expect(inputs(later, "plant-keys", "content")).toBe(inputs(graph, "plant-keys", "content"));
  });
});

test("anybody can read these two objects through this distribution, and nobody anything else", async () => {
  const graph = await issuer();
  const bucket = inputs(graph, "plant-policy", "bucket");
  const policy = statements(graph, "plant-policy");
  expect(Object.keys(policy)).toEqual(["DenyWithoutTls", "DenyOldTls", "DistributionReadsDocuments"]);
  expect(policy.DistributionReadsDocuments).toMatchObject({
    Effect: "Allow",
    Principal: { Service: "cloudfront.amazonaws.com" },
    Action: "s3:GetObject",
    Resource: [`arn:aws:s3:::${bucket}/.well-known/openid-configuration`, `arn:aws:s3:::${bucket}/openid/v1/jwks`],
    Condition: { StringEquals: { "aws:SourceArn": "arn:aws:cloudfront::123456789012:distribution/EDFDVBD6EXAMPLE" } },
  });
  const allowed = allStatements(graph).filter(({ statement }) => statement.Effect === "Allow");
  expect(allowed).toHaveLength(1);
});

test("IAM trusts the URL of the distribution, for tokens to its security token service", async () => {
  const graph = await issuer();
  expect(inputs(graph, "plant-provider")).toMatchObject({ url, clientIdLists: ["sts.amazonaws.com"] });
  expect(inputs(graph, "plant-provider", "thumbprintLists")).toBeUndefined();
  expect(waitsFor(graph, "plant-provider")).toEqual(expect.arrayContaining(["plant-discovery", "plant-keys"]));
  expect(JSON.parse(inputs(graph, "plant-discovery", "content"))).toMatchObject({
    issuer: url,
    jwks_uri: `${url}/openid/v1/jwks`,
    id_token_signing_alg_values_supported: ["RS256"],
  });
  expect(graph.outputs).toEqual({
    url,
    binding: {
      platform: "aws",
      url,
      provider: "arn:aws:iam::123456789012:oidc-provider/d111111abcdef8.cloudfront.net",
      audience: "sts.amazonaws.com",
    },
  });
});

describe("the documents", () => {
  test.each([
    ["RSA", rsa, "RS256"],
    ["elliptic-curve", ec, "ES256"],
  ] as const)("a token signed with an %s key is verified with what is published of it", (_, pair, alg) => {
    const [jwk] = JSON.parse(keySet([pair.publicKey])).keys as (JsonWebKey & { alg: string })[];
    expect(jwk?.alg).toBe(alg);
    expect(jwk).not.toHaveProperty("d");
    const signature = createSign("SHA256").update("token").sign(pair.privateKey);
    const published = createPublicKey({ key: jwk as JsonWebKey, format: "jwk" });
    expect(createVerify("SHA256").update("token").verify(published, signature)).toBe(true);
  });

  test("the key's id is the one that Kubernetes writes into its tokens", () => {
    // Made with `openssl genrsa`; the id with Kubernetes' own rule in another language:
    // openssl rsa -pubin -outform der | openssl sha256 -binary | base64, in the URL's alphabet and without padding.
    expect(jwkOf(fixedKey).kid).toBe(fixedKeyId);
  });

  test("name every algorithm once", () => {
    const document = JSON.parse(discoveryDocument(url, [rsa.publicKey, ec.publicKey, rsa.publicKey]));
    expect(document.id_token_signing_alg_values_supported).toEqual(["ES256", "RS256"]);
  });
});

const fixedKeyId = "-aEKUBFoli_txHE6PSOWaq7StJh7IrpGEodzSxf1eBg";
const fixedKey = `-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtkKB/HKrXO++BSr4EKE9
IEg8i5xCDjXjrgCfxgR4l8bx4W1USaCUt8yHPPGUwAhQbWZ/W+4jmLZY/1e0TEYh
5VmMcmp4TfrZU1Hw2EWYZudbJ3BGkI6A2SEYGoyGmajHWJXjNGA2AHt48BGmFnmb
7HtzQb97UD0uSh1T/+urhtm5IdfuRJZUkj6Ydv8ewv4ptuZrR1PyA9+95M6bDZz6
huHl1r3+aNiG+fn7U4HL4zNiAxCBwWGCS0md4E4+zZKWK2cz40jEpVPEPZJYYHn+
hp9jPCWBceL/bnPBjkMAzqHLOS4bKCsXTM3Rp+loY/CIuWI0Vf+8w87k9JDSStRN
0wIDAQAB
-----END PUBLIC KEY-----
`;

const short = generateKeyPairSync("rsa", { modulusLength: 1024, publicKeyEncoding, privateKeyEncoding });
const edwards = generateKeyPairSync("ed25519", { publicKeyEncoding, privateKeyEncoding });
const bitcoin = generateKeyPairSync("ec", { namedCurve: "secp256k1", publicKeyEncoding, privateKeyEncoding });

const refused: [string, string, RegExp][] = [
  ["a private key", rsa.privateKey, /signingPublicKeyPem is a private key, which must not leave the cluster/],
  ["text that is no key", "ssh-rsa AAAA", /signingPublicKeyPem is no public key in PEM form/],
  ["an empty text", "", /signingPublicKeyPem is no public key in PEM form/],
  ["a short key", short.publicKey, /signingPublicKeyPem is an RSA key of 1024 bits, but must have 2048 or more/],
  ["a key that Kubernetes does not sign with", edwards.publicKey, /is neither an RSA key nor one on the curves/],
  ["a curve that Kubernetes does not know", bitcoin.publicKey, /is neither an RSA key nor one on the curves/],
];
test.each(refused)("refuses %s, now and when it turns out, and does not repeat it", async (_, pem, message) => {
  const attempts = [
    () => new WorkloadIssuer("plant", { signingPublicKeyPem: pem }),
    () => new WorkloadIssuer("plant", { signingPublicKeyPem: pulumi.output(pem) }),
  ];
  for (const attempt of attempts) {
    const reason = await refusal(attempt);
    expect(reason).toMatch(message);
    expect(reason).not.toContain("BEGIN PRIVATE");
    if (pem.length > 100) expect(reason).not.toContain(pem.slice(30, 60));
  }
});

test("refuses what is wrong with other keys by their place, all at once", async () => {
  const otherPublicKeysPem = [ec.publicKey, "x", ec.privateKey];
  const reason = await refusal(() => new WorkloadIssuer("9", { signingPublicKeyPem: "y", otherPublicKeysPem }));
  expect(reason).toMatch(/name is "9"/);
  expect(reason).toMatch(/signingPublicKeyPem is no public key/);
  expect(reason).toMatch(/otherPublicKeysPem\[1\] is no public key/);
  expect(reason).toMatch(/otherPublicKeysPem\[2\] is a private key/);
  const later = () =>
    new WorkloadIssuer("plant", { signingPublicKeyPem: ec.publicKey, otherPublicKeysPem: pulumi.output(["x"]) });
  expect(await refusal(later)).toMatch(/otherPublicKeysPem\[0\] is no public key/);
});
