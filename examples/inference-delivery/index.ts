import * as pulumi from "@pulumi/pulumi";
import { bindingField, Platform, type TrackingBinding } from "aistack-core";
import { DeliveryGrant, InferenceService } from "aistack-kubernetes";

const config = new pulumi.Config();

const cluster = pulumi.output({
  name: "existing",
  platform: Platform.Kubernetes,
  // Left out, it is the current context of this machine.
  kubeconfig: config.getSecret("kubeconfig"),
});

// That of a TrackingServer, or as here an MLflow that exists.
const uri = config.require("trackingUrl");
const tracking: TrackingBinding = {
  kind: "tracking",
  name: "tracking",
  platform: Platform.Kubernetes,
  uri,
  environment: { MLFLOW_TRACKING_URI: uri },
  egress: [{ port: 443 }],
};

const churn = new InferenceService("churn", {
  cluster,
  delivery: { initialModel: config.get("initialModel") },
  uses: [tracking],
  cpu: "1",
  memory: "2Gi",
  scaling: { minReplicas: 3 },
});

/** The pipeline's stage that delivers runs as this account, in a namespace that exists. */
const identity = { namespace: "pipelines", serviceAccount: "churn-deploy" };
new DeliveryGrant("churn-delivery", { cluster, service: churn.binding, identity });

/** Where workloads on the cluster reach the model: `POST /invocations`. */
export const endpoint = bindingField(churn.binding, "endpoint");

/** What the stage is given as DELIVERY. */
export const delivery = bindingField(churn.binding, "delivery");
