from datetime import timedelta

from feast import Entity, FeatureService, FeatureView, Field
from feast.infra.offline_stores.contrib.postgres_offline_store.postgres_source import PostgreSQLSource
from feast.types import Float64, Int64
from feast.value_type import ValueType

driver = Entity(name="driver", join_keys=["driver_id"], value_type=ValueType.INT64)

trips = FeatureView(
    name="driver_trips",
    entities=[driver],
    ttl=timedelta(days=7),
    schema=[Field(name="trips_today", dtype=Int64), Field(name="rating", dtype=Float64)],
    source=PostgreSQLSource(
        name="driver_trips_source",
        query="SELECT driver_id, event_timestamp, trips_today, rating FROM driver_trips_history",
        timestamp_field="event_timestamp",
    ),
)

dispatch = FeatureService(name="dispatch", features=[trips])
