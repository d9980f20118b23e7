-- Marks the rows as deleted; their values are still in the files.
DELETE FROM {{table}} WHERE subject = '{{subject}}'
