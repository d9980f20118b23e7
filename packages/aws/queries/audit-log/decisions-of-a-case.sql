-- What models were asked and decided in one case, in order. Parameter: the case's id, in quotes.
SELECT
  "time",
  "class",
  model,
  model_version,
  actor,
  subject,
  outcome,
  attributes
FROM events
WHERE year >= year(current_date) - 1
  AND case_id = ?
  AND "class" IN ('inference.request', 'inference.decision')
ORDER BY "time"
