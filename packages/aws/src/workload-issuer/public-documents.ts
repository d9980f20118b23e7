import { Distribution, OriginAccessControl } from "@pulumi/aws/cloudfront";
import { Bucket, BucketPolicy, BucketServerSideEncryptionConfiguration } from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { after, derivedContent } from "aistack-core";
import { blockPublicAccess, keepVersions, ownEverything } from "../shared/bucket";
import { onlyTls } from "../shared/bucket-policy";
import { policyDocument } from "../shared/policy";
import { cachePolicyId } from "./defaults";

/** What the documents are published from. */
export interface PublicDocumentsArgs {
  /** Keys of the objects that anybody may read; nothing else of the bucket can be. */
  paths: string[];
  /** What is published, for the console. */
  description: string;
  tags: pulumi.Input<{ [key: string]: string }>;
}

/**
 * A closed bucket of which a CloudFront distribution reads a few objects. The bucket itself stays private, so that an
 * account which blocks all public buckets, as it should, needs no exception.
 */
export class PublicDocuments extends pulumi.ComponentResource {
  /** Name of the bucket to put the documents into, known once it is closed. */
  public readonly bucket: pulumi.Output<string>;
  /** URL below which the documents are found, without a slash at its end. */
  public readonly url: pulumi.Output<string>;

  constructor(name: string, args: PublicDocumentsArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-aws:workload-issuer:PublicDocuments", name, {}, opts);
    const child = { parent: this };
    // Made from the keys anew, whenever they are missing.
    const tags = pulumi.output(args.tags).apply((own) => ({ ...own, ...derivedContent.tag }));

    const documents = new Bucket(`${name}-documents`, { tags }, child);
    const closed = [
      blockPublicAccess(`${name}-private`, documents, child),
      ownEverything(`${name}-owner`, documents, child),
      encryptWithS3(`${name}-encryption`, documents, child),
      keepVersions(`${name}-versions`, documents, child),
    ];
    const access = new OriginAccessControl(
      `${name}-access`,
      {
        description: args.description,
        originAccessControlOriginType: "s3",
        signingBehavior: "always",
        signingProtocol: "sigv4",
      },
      child,
    );
    const distribution = distributionOf(`${name}-distribution`, args, documents, access, child);
    const policy = new BucketPolicy(
      `${name}-policy`,
      { bucket: documents.bucket, policy: readableBy(documents, distribution, args.paths) },
      { ...child, dependsOn: closed },
    );

    this.bucket = after(documents.bucket, policy);
    this.url = pulumi.interpolate`https://${distribution.domainName}`;
    this.registerOutputs();
  }
}

/** With S3's own key: what everybody may read gains nothing from a key that CloudFront would have to be let use. */
function encryptWithS3(name: string, documents: Bucket, opts: pulumi.CustomResourceOptions): pulumi.Resource {
  return new BucketServerSideEncryptionConfiguration(
    name,
    {
      bucket: documents.bucket,
      rules: [{ applyServerSideEncryptionByDefault: { sseAlgorithm: "AES256" } }],
    },
    opts,
  );
}

function distributionOf(
  name: string,
  { description, tags }: PublicDocumentsArgs,
  documents: Bucket,
  access: OriginAccessControl,
  opts: pulumi.CustomResourceOptions,
): Distribution {
  return new Distribution(
    name,
    {
      comment: description,
      enabled: true,
      isIpv6Enabled: true,
      httpVersion: "http2",
      // Who asks is AWS, seldom and from few places.
      priceClass: "PriceClass_100",
      origins: [
        {
          originId: "documents",
          domainName: documents.bucketRegionalDomainName,
          originAccessControlId: access.id,
        },
      ],
      defaultCacheBehavior: {
        targetOriginId: "documents",
        viewerProtocolPolicy: "https-only",
        allowedMethods: ["GET", "HEAD"],
        cachedMethods: ["GET", "HEAD"],
        cachePolicyId,
        compress: true,
      },
      restrictions: { geoRestriction: { restrictionType: "none" } },
      viewerCertificate: { cloudfrontDefaultCertificate: true },
      tags,
    },
    opts,
  );
}

function readableBy(documents: Bucket, distribution: Distribution, paths: string[]): pulumi.Output<string> {
  return policyDocument([
    ...onlyTls(documents.arn),
    {
      Sid: "DistributionReadsDocuments",
      Effect: "Allow",
      Principal: { Service: "cloudfront.amazonaws.com" },
      Action: "s3:GetObject",
      Resource: paths.map((path) => pulumi.interpolate`${documents.arn}/${path}`),
      Condition: { StringEquals: { "aws:SourceArn": distribution.arn } },
    },
  ]);
}
