-- Who let which model into production, or did not? (AI Act Art. 14)
SELECT time, actor, model, model_version, outcome, attributes
FROM {dataset}.events
WHERE year BETWEEN EXTRACT(YEAR FROM from_day) AND EXTRACT(YEAR FROM to_day)
  AND DATE(year, month, day) BETWEEN from_day AND to_day
  AND class = 'model.approval'
