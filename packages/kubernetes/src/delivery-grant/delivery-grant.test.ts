import * as pulumi from "@pulumi/pulumi";
import { bindingField, type InferenceBinding } from "aistack-core";
import { type Mode, plan } from "aistack-engine";
import { InferenceService } from "../inference-service/inference-service";
import { created, inputs, refusal, testCluster } from "../testing";
import { DeliveryGrant } from "./delivery-grant";

const cluster = testCluster;
const identity = { namespace: "pipelines", serviceAccount: "deploy" };
const modes: Mode[] = ["preview", "simulate"];

const planned = (mode?: Mode) =>
  plan(
    () => {
      const args = { cluster, image: "example.org/app:1.0", delivery: {} };
      const service = new InferenceService("model", { ...args, namespace: "models" }).binding;
      return { identity: new DeliveryGrant("grant", { cluster, service, identity }).identity };
    },
    { mode },
  );
const granted = (service: pulumi.Input<InferenceBinding>) =>
  plan(() => ({ identity: new DeliveryGrant("grant", { cluster, service, identity }).identity }));

describe.each(modes)("in %s", (mode) => {
  test("creates these children and no others", async () => {
    const graph = await planned(mode);
    expect(created(graph).filter((row) => row.startsWith("grant-"))).toEqual([
      "grant-binding RoleBinding",
      "grant-limits ValidatingAdmissionPolicy",
      "grant-limits-binding ValidatingAdmissionPolicyBinding",
      "grant-role Role",
    ]);
    expect(graph.outputs.identity).toEqual(identity);
  });

  test("the account may change these objects by name, and read pods; nothing else", async () => {
    const graph = await planned(mode);
    expect(inputs(graph, "grant-role", "metadata.namespace")).toBe("models");
    expect(inputs(graph, "grant-role", "rules")).toEqual([
      {
        apiGroups: ["apps"],
        resources: ["deployments", "deployments/scale"],
        resourceNames: ["model", "model-canary"],
        verbs: ["get", "patch"],
      },
      { apiGroups: [""], resources: ["configmaps"], resourceNames: ["model-model"], verbs: ["get", "patch"] },
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
    ]);
    expect(inputs(graph, "grant-binding", "roleRef")).toEqual({
      apiGroup: "rbac.authorization.k8s.io",
      kind: "Role",
      name: "grant",
    });
    expect(inputs(graph, "grant-binding", "subjects")).toEqual([
      { kind: "ServiceAccount", name: "deploy", namespace: "pipelines" },
    ]);
  });

  test("what it may change of them is limited, for this account and namespace, and denied else", async () => {
    const graph = await planned(mode);
    const name = "pipelines.deploy.delivers.models.model";
    expect(inputs(graph, "grant-limits", "metadata.name")).toBe(name);
    expect(inputs(graph, "grant-limits", "spec")).toMatchObject({
      failurePolicy: "Fail",
      matchConstraints: { namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "models" } } },
      matchConditions: [
        { name: "pipeline", expression: 'request.userInfo.username == "system:serviceaccount:pipelines:deploy"' },
      ],
    });
    expect(inputs(graph, "grant-limits", "spec.validations.0.expression")).toContain(
      "object.spec.template.spec == oldObject.spec.template.spec",
    );
    expect(inputs(graph, "grant-limits-binding", "spec")).toEqual({ policyName: name, validationActions: ["Deny"] });
  });
});

test("a service whose model stays is refused, known or not yet", async () => {
  const binding: InferenceBinding = { kind: "inference", name: "model", endpoint: "http://model.models.svc:8000" };
  const reason = "must be that of an InferenceService with `delivery`";
  expect(await refusal(granted(binding))).toContain(reason);
  expect(await refusal(granted(pulumi.output(binding)))).toContain(reason);
});

test("a service with credentials does not make the grant a secret", async () => {
  const graph = await plan(() => {
    const args = { cluster, image: "example.org/app:1.0", delivery: {}, namespace: "models" };
    const service = pulumi.secret(new InferenceService("model", args).binding);
    const grant = new DeliveryGrant("grant", { cluster, service, identity });
    return { identity: grant.identity, delivery: bindingField(service, "delivery") };
  });
  expect(inputs(graph, "grant-role", "metadata.namespace")).toBe("models");
});
