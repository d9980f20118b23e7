// Package batchperresourceattr stands in for the one of this name that awss3exporter imports: the checksum database
// of Go does not know its releases. It is called for the setting resource_attrs_to_s3.s3_prefix alone, which no
// configuration of this project has.
package batchperresourceattr

import "go.opentelemetry.io/collector/consumer"

const unused = "resource_attrs_to_s3.s3_prefix is not part of this build"

func NewBatchPerResourceLogs(string, consumer.Logs) consumer.Logs          { panic(unused) }
func NewBatchPerResourceMetrics(string, consumer.Metrics) consumer.Metrics { panic(unused) }
func NewBatchPerResourceTraces(string, consumer.Traces) consumer.Traces    { panic(unused) }
