module github.com/open-telemetry/opentelemetry-collector-contrib/pkg/batchperresourceattr

go 1.26.0

require go.opentelemetry.io/collector/consumer v1.64.0
