-- What persons asked about their data, when they were answered, and whether within 30 days. An event with the outcome
-- "received" opens a case; the first one with another outcome answers it.
SELECT
  case_id,
  arbitrary(subject) AS subject,
  min(attributes['kind']) AS kind,
  min(from_iso8601_timestamp("time")) FILTER (WHERE outcome = 'received') AS received,
  min(from_iso8601_timestamp("time")) FILTER (WHERE outcome <> 'received') AS answered,
  min_by(outcome, "time") FILTER (WHERE outcome <> 'received') AS answer,
  coalesce(
    min(from_iso8601_timestamp("time")) FILTER (WHERE outcome <> 'received'),
    current_timestamp
  ) <= min(from_iso8601_timestamp("time")) FILTER (WHERE outcome = 'received') + INTERVAL '30' DAY AS within_deadline
FROM events
WHERE year >= year(current_date) - 2
  AND "class" = 'subject.request'
GROUP BY case_id
ORDER BY received DESC
