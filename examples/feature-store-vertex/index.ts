import { FeatureStoreEngine, FeatureType, Platform } from "aistack-core";
import { AccessGrant, FeatureReader, FeatureStore } from "aistack-gcp";

const cluster = { name: "existing", platform: Platform.Gcp, region: "europe-west4" };

const features = new FeatureStore("features", {
  engine: FeatureStoreEngine.Vertex,
  groups: [
    {
      name: "driver_trips",
      recordIdentifier: "driver_id",
      eventTime: "feature_timestamp",
      features: [
        { name: "driver_id", type: FeatureType.String },
        { name: "feature_timestamp", type: FeatureType.String },
        { name: "trips_today", type: FeatureType.Integral },
        { name: "rating", type: FeatureType.Fractional },
      ],
    },
  ],
  materialisation: { schedule: "*/10 * * * *" },
});

/** Lets the service that answers requests read the newest values. */
new FeatureReader("fraud", {
  cluster,
  identity: { namespace: "fraud", serviceAccount: "fraud" },
  store: features.binding,
});

/** Lets the job that computes features write them. */
new AccessGrant("writer", {
  cluster,
  identity: { namespace: "fraud", serviceAccount: "features" },
  access: features.binding.access.materialise,
});

/** Where services ask for values. */
export const endpoint = features.binding.apply((binding) => binding.endpoint);
/** What to grant a job that trains on all values. */
export const trainAccess = features.binding.access.train;
