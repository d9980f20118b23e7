import { FeatureStore } from "aistack-aws";
import { Regulation } from "aistack-core";

const features = new FeatureStore("features", {
  views: ["driver_trips", "driver_profile"],
  compliance: [Regulation.Gdpr],
});

/** `feature_store.yaml` for Feast, wherever it runs. */
export const configuration = features.configuration;
/** What to grant a service that reads features. */
export const serveAccess = features.binding.access.serve;
/** What to grant the job that applies definitions and copies values. */
export const materialiseAccess = features.binding.access.materialise;
