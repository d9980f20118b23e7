-- Who read which objects of a bucket in the last 90 days. Parameter: the name of the bucket, in quotes.
SELECT
  useridentity.arn AS who,
  json_extract_scalar(requestparameters, '$.key') AS key,
  count(*) AS times,
  min(eventtime) AS first_time,
  max(eventtime) AS last_time
FROM cloudtrail
WHERE day >= date_format(current_date - INTERVAL '90' DAY, '%Y/%m/%d')
  AND eventsource = 's3.amazonaws.com'
  AND eventcategory = 'Data'
  AND eventname IN ('GetObject', 'SelectObjectContent', 'CopyObject')
  AND errorcode IS NULL
  AND json_extract_scalar(requestparameters, '$.bucketName') = ?
GROUP BY 1, 2
ORDER BY last_time DESC
