-- Who or what let which version of a model into production, or did not, in this year and the last.
SELECT
  "time",
  model,
  model_version,
  actor AS approved_by,
  outcome,
  case_id,
  attributes
FROM events
WHERE year >= year(current_date) - 1
  AND "class" = 'model.approval'
ORDER BY "time" DESC
