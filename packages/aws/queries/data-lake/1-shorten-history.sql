-- From now on a file is rewritten for one deleted row, and older states go after a minute: 60 is the least that Athena takes.
-- Left as it is, Athena leaves a file alone until it has several deletions, and keeps older states for five days.
ALTER TABLE {{table}} SET TBLPROPERTIES (
  'optimize_rewrite_data_file_threshold' = '1',
  'optimize_rewrite_delete_file_threshold' = '1',
  'vacuum_min_snapshots_to_keep' = '1',
  'vacuum_max_snapshot_age_seconds' = '60'
)
