import { IAMMember } from "@pulumi/gcp/projects";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { Place } from "../shared/place";
import type { Administrator } from "./plan";

/** What administrators are made from. */
export interface AdministratorsArgs {
  provider: kubernetes.Provider;
  place: Place;
  administrators: Administrator[];
}

/**
 * All rights in this cluster and in no other: as a role in Kubernetes, since IAM would grant them on every cluster of
 * the project. IAM grants what `gcloud container clusters get-credentials` reads.
 */
export class Administrators extends pulumi.ComponentResource {
  constructor(name: string, args: AdministratorsArgs, opts: pulumi.ComponentResourceOptions) {
    super("aistack-gcp:index:Administrators", name, {}, opts);
    for (const { key, member } of args.administrators) {
      const { project } = args.place;
      new IAMMember(
        `${name}-${key}-viewer`,
        { project, role: "roles/container.clusterViewer", member },
        { parent: this },
      );
      new kubernetes.rbac.v1.ClusterRoleBinding(
        `${name}-${key}`,
        {
          metadata: { labels: { "app.kubernetes.io/part-of": "aistack" } },
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
          subjects: [
            {
              apiGroup: "rbac.authorization.k8s.io",
              kind: pulumi.output(member).apply((text) => (text.startsWith("group:") ? "Group" : "User")),
              name: pulumi.output(member).apply((text) => text.slice(text.indexOf(":") + 1)),
            },
          ],
        },
        { parent: this, provider: args.provider },
      );
    }
    this.registerOutputs({});
  }
}
