-- What did people ask about their data, and what was answered? (GDPR Art. 15 to 17, 11 CCR 7101)
SELECT time, subject, actor, outcome, case_id, attributes
FROM {dataset}.events
WHERE year BETWEEN EXTRACT(YEAR FROM from_day) AND EXTRACT(YEAR FROM to_day)
  AND DATE(year, month, day) BETWEEN from_day AND to_day
  AND class = 'subject.request'
