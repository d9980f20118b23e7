import { Regulation } from "aistack-core";
import { FeatureStore } from "aistack-gcp";

const features = new FeatureStore("features", { compliance: [Regulation.Gdpr] });

/** `feature_store.yaml` for Feast, wherever it runs. */
export const configuration = features.configuration;
/** What to grant the job that applies definitions and copies values. */
export const materialiseAccess = features.binding.access.materialise;
