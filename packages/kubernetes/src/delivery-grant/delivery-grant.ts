import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import {
  bindingField,
  Checks,
  type ClusterBinding,
  type InferenceBinding,
  type InferenceDelivery,
  onCluster,
  type WorkloadIdentity,
} from "aistack-core";
import { modelAnnotation } from "../inference-service/delivery";
import { standardLabels } from "../workload/labels";

/** Arguments of DeliveryGrant. */
export interface DeliveryGrantArgs {
  /** Cluster that the service is on. */
  cluster: pulumi.Input<ClusterBinding>;
  /** Service that models are brought to: an InferenceService with `delivery`. */
  service: pulumi.Input<InferenceBinding>;
  /** Service account that brings them, such as that of a pipeline's stage. */
  identity: pulumi.Input<WorkloadIdentity>;
}

const type = "aistack-kubernetes:index:DeliveryGrant";

/**
 * Lets a service account bring models to one InferenceService, and do nothing else to it: it may say which model is served,
 * restart the replicas for it, and scale. What the pods are otherwise, it may not change.
 */
export class DeliveryGrant extends pulumi.ComponentResource {
  /** Service account that may deliver; known once it may. */
  public readonly identity: pulumi.Output<WorkloadIdentity>;

  constructor(name: string, args: DeliveryGrantArgs, opts: pulumi.ComponentResourceOptions = {}) {
    const check = new Checks(type, name);
    const service = check.value("service", args.service, isDelivered);
    check.done();
    super(type, name, args, opts);
    const child = onCluster(this, name, args.cluster, opts);
    const delivery = bindingField(service, "delivery") as pulumi.Output<InferenceDelivery>;
    const identity = pulumi.output(args.identity);
    const labels = standardLabels(name, "delivery", "grant");
    const metadata = { name, namespace: delivery.namespace, labels };

    const limits = limitsOf(name, delivery, identity, labels, child);
    const role = new kubernetes.rbac.v1.Role(`${name}-role`, { metadata, rules: delivery.apply(rulesFor) }, child);
    const binding = new kubernetes.rbac.v1.RoleBinding(
      `${name}-binding`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subjects: [{ kind: "ServiceAccount", name: identity.serviceAccount, namespace: identity.namespace }],
      },
      { ...child, dependsOn: [limits] },
    );
    this.identity = pulumi.all([identity, binding.metadata.name]).apply(([account]) => account);
    this.registerOutputs({ identity: this.identity });
  }
}

/** A service that a pipeline may bring models to. */
export const isDelivered = ({ delivery }: InferenceBinding) =>
  delivery === undefined
    ? "must be that of an InferenceService with `delivery`, which a pipeline may change"
    : undefined;

function rulesFor({ stable, canary, models }: InferenceDelivery): kubernetes.types.input.rbac.v1.PolicyRule[] {
  const deployments = [stable, canary];
  const verbs = ["get", "patch"];
  return [
    { apiGroups: ["apps"], resources: ["deployments", "deployments/scale"], resourceNames: deployments, verbs },
    { apiGroups: [""], resources: ["configmaps"], resourceNames: [models], verbs },
    // For restarts and addresses of the canary's pods. Names of pods are not known before, so they cannot be named.
    { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
  ];
}

/**
 * Whoever may patch a Deployment may make its pods run anything, by RBAC alone. This keeps the account to the annotation that
 * restarts them.
 */
function limitsOf(
  name: string,
  delivery: pulumi.Output<InferenceDelivery>,
  identity: pulumi.Output<WorkloadIdentity>,
  labels: { [label: string]: string },
  child: pulumi.CustomResourceOptions,
): pulumi.Resource {
  // Objects of the whole cluster: the name has to be of nobody else.
  const metadata = {
    name: pulumi.interpolate`${identity.namespace}.${identity.serviceAccount}.delivers.${delivery.namespace}.${delivery.stable}`,
    labels,
  };
  const policy = new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicy(
    `${name}-limits`,
    {
      metadata,
      spec: {
        failurePolicy: "Fail",
        matchConstraints: {
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": delivery.namespace } },
          resourceRules: [
            { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["UPDATE"], resources: ["deployments"] },
          ],
        },
        matchConditions: [
          {
            name: "pipeline",
            expression: pulumi.interpolate`request.userInfo.username == "system:serviceaccount:${identity.namespace}:${identity.serviceAccount}"`,
          },
        ],
        validations: [
          {
            expression: [
              "object.spec.template.spec == oldObject.spec.template.spec",
              "object.spec.template.metadata.?labels == oldObject.spec.template.metadata.?labels",
              unchangedAnnotations("object", "oldObject"),
              unchangedAnnotations("oldObject", "object"),
            ].join(" && "),
            message: `A delivery may change the annotation ${modelAnnotation} of the pods and the number of replicas only.`,
          },
        ],
      },
    },
    child,
  );
  return new kubernetes.admissionregistration.v1.ValidatingAdmissionPolicyBinding(
    `${name}-limits-binding`,
    { metadata, spec: { policyName: policy.metadata.name, validationActions: ["Deny"] } },
    child,
  );
}

/** True if all annotations of one are those of the other, but for that of the model. */
function unchangedAnnotations(one: string, other: string): string {
  const of = (object: string) => `${object}.spec.template.metadata.?annotations.orValue({})`;
  return `${of(one)}.all(key, key == "${modelAnnotation}" || ${of(other)}[?key] == ${of(one)}[?key])`;
}
