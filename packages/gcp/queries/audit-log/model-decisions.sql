-- What did models decide, on which case, and what became of it? (AI Act Art. 12)
SELECT time, class, model, model_version, case_id, outcome, actor, attributes
FROM {dataset}.events
WHERE year BETWEEN EXTRACT(YEAR FROM from_day) AND EXTRACT(YEAR FROM to_day)
  AND DATE(year, month, day) BETWEEN from_day AND to_day
  AND class IN ('inference.request', 'inference.decision')
