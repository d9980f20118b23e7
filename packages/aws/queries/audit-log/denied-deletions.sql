-- Who tried to delete objects, or to shorten their retention, and was denied, in the last 90 days.
SELECT
  eventtime,
  useridentity.arn AS who,
  sourceipaddress AS from_address,
  eventname AS what,
  json_extract_scalar(requestparameters, '$.bucketName') AS bucket,
  json_extract_scalar(requestparameters, '$.key') AS key,
  errormessage
FROM cloudtrail
WHERE day >= date_format(current_date - INTERVAL '90' DAY, '%Y/%m/%d')
  AND eventsource = 's3.amazonaws.com'
  AND eventname IN ('DeleteObject', 'DeleteObjects', 'PutObjectRetention', 'PutObjectLegalHold')
  AND errorcode = 'AccessDenied'
ORDER BY eventtime DESC
