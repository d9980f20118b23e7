-- A table that requests for erasure can be answered from: a column `subject` with the pseudonym of the person whom a row is
-- about. It lies in a folder below `tables/`, because VACUUM works in none but a folder. Replace what is in angle brackets.
CREATE TABLE <database>.<table> (
  subject string,
  happened timestamp,
  value double
)
PARTITIONED BY (day(happened), bucket(16, subject))
LOCATION 's3://<bucket>/tables/<table>/'
TBLPROPERTIES (
  'table_type' = 'ICEBERG',
  'format' = 'parquet',
  'write_compression' = 'zstd'
)
