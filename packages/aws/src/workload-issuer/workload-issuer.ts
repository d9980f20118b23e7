import { OpenIdConnectProvider } from "@pulumi/aws/iam";
import { BucketObjectv2 } from "@pulumi/aws/s3";
import * as pulumi from "@pulumi/pulumi";
import { after, DataClass, Platform, standardTags, type WorkloadIssuerBinding } from "aistack-core";
import { checkKeys, type WorkloadIssuerArgs } from "./args";
import * as defaults from "./defaults";
import { discoveryDocument, discoveryPath, keySet, keysPath } from "./documents";
import { PublicDocuments } from "./public-documents";

const type = "aistack-aws:index:WorkloadIssuer";

/**
 * Makes AWS trust the service accounts of a cluster that is not EKS: publishes the public keys with which the cluster signs
 * their tokens, and names the publisher to IAM. Nothing secret is involved, and the cluster need not be reachable.
 */
export class WorkloadIssuer extends pulumi.ComponentResource {
  /** Plain-data handle for `issuer` of AccessGrant. Whoever takes it waits until AWS trusts the tokens. */
  public readonly binding: pulumi.Output<WorkloadIssuerBinding>;
  /** URL that the cluster has to name as issuer in its tokens: `service-account-issuer` of its API server. */
  public readonly url: pulumi.Output<string>;

  constructor(name: string, args: WorkloadIssuerArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const pems = checkKeys(type, name, args);
    super(type, name, args, opts);
    const child = { parent: this };
    const tags = standardTags(type, DataClass.Public, args.tags);

    const published = new PublicDocuments(
      name,
      { paths: [discoveryPath, keysPath], description: `Public keys of the service accounts of ${name}`, tags },
      child,
    );
    const discovery = pulumi.all([published.url, pems]).apply(([url, keys]) => discoveryDocument(url, keys));
    const documents = [
      publish(`${name}-discovery`, published, discoveryPath, discovery, tags, child),
      publish(`${name}-keys`, published, keysPath, pulumi.output(pems).apply(keySet), tags, child),
    ];
    const provider = new OpenIdConnectProvider(
      `${name}-provider`,
      { url: published.url, clientIdLists: [defaults.audience], tags },
      // IAM looks at the issuer when it is named.
      { ...child, dependsOn: documents },
    );

    this.url = published.url;
    this.binding = pulumi.output({
      platform: Platform.Aws,
      url: after(published.url, provider),
      provider: provider.arn,
      audience: defaults.audience,
    });
    this.registerOutputs({ binding: this.binding, url: this.url });
  }
}

function publish(
  name: string,
  { bucket }: PublicDocuments,
  key: string,
  content: pulumi.Input<string>,
  tags: pulumi.Input<{ [key: string]: string }>,
  opts: pulumi.CustomResourceOptions,
): pulumi.Resource {
  return new BucketObjectv2(
    name,
    {
      bucket,
      key,
      content,
      contentType: "application/json",
      cacheControl: `max-age=${defaults.cacheSeconds}`,
      tags,
    },
    opts,
  );
}
