import { FeatureStore } from "aistack-aws";
import { FeatureStoreEngine, FeatureType } from "aistack-core";

const features = new FeatureStore("features", {
  engine: FeatureStoreEngine.SageMaker,
  groups: [
    {
      name: "driver-trips",
      recordIdentifier: "driver_id",
      eventTime: "event_time",
      features: [
        { name: "driver_id", type: FeatureType.String },
        { name: "event_time", type: FeatureType.String },
        { name: "trips_today", type: FeatureType.Integral },
        { name: "rating", type: FeatureType.Fractional },
      ],
    },
  ],
});

/** What to grant a service that reads features. */
export const serveAccess = features.binding.access.serve;
/** What to grant the job that writes features. */
export const materialiseAccess = features.binding.access.materialise;
