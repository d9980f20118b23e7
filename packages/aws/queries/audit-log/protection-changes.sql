-- Who changed what protects a bucket, a key or a trail, or tried to, in the last 90 days.
SELECT
  eventtime,
  useridentity.arn AS who,
  sourceipaddress AS from_address,
  eventname AS what,
  coalesce(
    json_extract_scalar(requestparameters, '$.bucketName'),
    json_extract_scalar(requestparameters, '$.keyId'),
    json_extract_scalar(requestparameters, '$.trailName'),
    json_extract_scalar(requestparameters, '$.name')
  ) AS of_what,
  coalesce(errorcode, 'done') AS outcome
FROM cloudtrail
WHERE day >= date_format(current_date - INTERVAL '90' DAY, '%Y/%m/%d')
  AND (
    eventsource = 's3.amazonaws.com' AND (
      eventname LIKE 'PutBucket%' OR eventname LIKE 'DeleteBucket%' OR eventname = 'PutObjectLockConfiguration'
    )
    OR eventsource = 'kms.amazonaws.com' AND eventname IN (
      'DisableKey', 'DisableKeyRotation', 'PutKeyPolicy', 'ScheduleKeyDeletion'
    )
    OR eventsource = 'cloudtrail.amazonaws.com' AND eventname IN (
      'DeleteTrail', 'PutEventSelectors', 'StopLogging', 'UpdateTrail'
    )
  )
ORDER BY eventtime DESC
