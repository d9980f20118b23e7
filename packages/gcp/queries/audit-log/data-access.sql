-- Who read, changed or exported which data? (HIPAA 164.312(b), PCI DSS 10.2.1.1)
SELECT time, actor, subject, outcome, case_id, attributes
FROM {dataset}.events
WHERE year BETWEEN EXTRACT(YEAR FROM from_day) AND EXTRACT(YEAR FROM to_day)
  AND DATE(year, month, day) BETWEEN from_day AND to_day
  AND class = 'data.access'
