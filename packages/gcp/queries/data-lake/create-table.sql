-- A table that requests for erasure can be answered from: a column `subject` with the pseudonym of the person whom a row is
-- about. BigQuery writes it in the Iceberg format below `tables/`. Replace what is in angle brackets.
CREATE TABLE `<dataset>.<table>` (
  subject STRING,
  happened TIMESTAMP,
  value FLOAT64
)
CLUSTER BY subject
WITH CONNECTION `<region>.<lake>-<zone>-<stack>`
OPTIONS (
  file_format = 'PARQUET',
  table_format = 'ICEBERG',
  storage_uri = 'gs://<bucket>/tables/<table>'
)
