import { OrganizationSink, ProjectSink } from "@pulumi/gcp/logging";
import { IamAuditConfig } from "@pulumi/gcp/organizations";
import { IAMAuditConfig } from "@pulumi/gcp/projects";
import { type Bucket, BucketIAMMember } from "@pulumi/gcp/storage";
import * as pulumi from "@pulumi/pulumi";
import { anyOf, flowsOf } from "../shared/log-filters";
import type { Place } from "../shared/place";
import type { AuditPlan } from "./args";
import * as defaults from "./defaults";
import { auditLogsOf, ownWrites, trailFilter } from "./filters";

/** What records come from. */
export interface AuditSourcesArgs {
  records: Bucket;
  /** Buckets that hold records, copies or digests: whoever reads them is recorded. */
  guarded: pulumi.Output<string>[];
  plan: AuditPlan;
  place: Place;
}

/** What a sink says, whatever it is a sink of. */
interface Routed {
  description: string;
  destination: pulumi.Output<string>;
  filter: pulumi.Input<string>;
  exclusions?: { name: string; description: string; filter: pulumi.Input<string> }[];
}

/**
 * Cloud Logging copies what the sources log into the bucket. Audit logs go through one sink and logs of traffic through
 * another: two sinks for one log would write the same file names into the bucket.
 */
export class AuditSources extends pulumi.ComponentResource {
  constructor(name: string, args: AuditSourcesArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:AuditSources", `${name}-sources`, {}, opts);
    const child = { parent: this };
    const { plan, records } = args;
    dataAccessOf(name, args, child);

    const destination = pulumi.interpolate`storage.googleapis.com/${records.name}`;
    const write = (sink: string, member: pulumi.Input<string>) =>
      new BucketIAMMember(
        `${sink}-write`,
        { bucket: records.name, role: "roles/storage.objectCreator", member },
        child,
      );
    const audit = auditSink(name, args, destination, child);
    write(name, audit.writerIdentity);
    if (plan.subnets.length > 0 || plan.loadBalancers) {
      const traffic = new ProjectSink(
        `${name}-traffic`,
        {
          description: `Connections and requests, into the records of ${name}`,
          destination,
          filter: trafficFilter(plan),
          uniqueWriterIdentity: true,
        },
        child,
      );
      // All sinks of a project write as one account, those of an organisation as another.
      if (plan.organizationId !== undefined) write(`${name}-traffic`, traffic.writerIdentity);
    }
    this.registerOutputs({});
  }
}

/**
 * Turns Data Access audit logs on: of storage always, since who read the records is told by nothing else; of keys with
 * the trail; of clusters with theirs.
 */
function dataAccessOf(name: string, { plan, place }: AuditSourcesArgs, opts: pulumi.CustomResourceOptions): void {
  const services: { [suffix: string]: boolean } = {
    storage: true,
    cloudkms: plan.trail,
    container: plan.clusters.length > 0,
  };
  const auditLogConfigs = defaults.dataAccess.map((logType) => ({ logType }));
  for (const [suffix, isOn] of Object.entries(services)) {
    if (!isOn) continue;
    const config = { service: `${suffix}.googleapis.com`, auditLogConfigs };
    const child = `${name}-data-access-${suffix}`;
    if (plan.organizationId === undefined) new IAMAuditConfig(child, { project: place.project, ...config }, opts);
    else new IamAuditConfig(child, { orgId: plan.organizationId, ...config }, opts);
  }
}

/** The sink of all audit logs that are recorded: those of the trail, else those of the sources and of the bucket itself. */
function auditSink(
  name: string,
  { plan, records, guarded }: AuditSourcesArgs,
  destination: pulumi.Output<string>,
  opts: pulumi.CustomResourceOptions,
): ProjectSink | OrganizationSink {
  const exclusions = [
    {
      name: "own-writes",
      description: "What Cloud Logging writes here itself",
      filter: records.name.apply(ownWrites),
    },
  ];
  if (!plan.trail) {
    const filter = pulumi
      .all([pulumi.all([...guarded, ...plan.buckets]), pulumi.all(plan.clusters)])
      .apply(([buckets, clusters]) => auditLogsOf(buckets, clusters));
    const routed = {
      description: `Audit logs of sources, into the records of ${name}`,
      destination,
      filter,
      exclusions,
    };
    return projectSink(`${name}-access`, routed, opts);
  }
  const routed = {
    description: `Audit logs, into the records of ${name}`,
    destination,
    filter: trailFilter,
    exclusions,
  };
  if (plan.organizationId === undefined) return projectSink(`${name}-trail`, routed, opts);
  return new OrganizationSink(`${name}-trail`, { orgId: plan.organizationId, includeChildren: true, ...routed }, opts);
}

function projectSink(name: string, routed: Routed, opts: pulumi.CustomResourceOptions): ProjectSink {
  return new ProjectSink(name, { ...routed, uniqueWriterIdentity: true }, opts);
}

function trafficFilter({ subnets, loadBalancers }: AuditPlan): pulumi.Output<string> {
  return pulumi
    .all(subnets)
    .apply((names) => anyOf([...names.flat().map(flowsOf), ...(loadBalancers ? [defaults.loadBalancerRequests] : [])]));
}
