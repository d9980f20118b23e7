-- Logins to the console without a second factor, and everything that the root user did, in the last 90 days.
SELECT
  eventtime,
  recipientaccountid AS account,
  useridentity.type AS who_type,
  coalesce(useridentity.username, useridentity.arn) AS who,
  sourceipaddress AS from_address,
  eventname AS what,
  json_extract_scalar(additionaleventdata, '$.MFAUsed') AS second_factor,
  coalesce(errorcode, json_extract_scalar(responseelements, '$.ConsoleLogin'), 'done') AS outcome
FROM cloudtrail
WHERE day >= date_format(current_date - INTERVAL '90' DAY, '%Y/%m/%d')
  AND (
    eventname = 'ConsoleLogin'
      AND useridentity.type = 'IAMUser'
      AND json_extract_scalar(additionaleventdata, '$.MFAUsed') = 'No'
    OR useridentity.type = 'Root' AND useridentity.invokedby IS NULL AND eventtype <> 'AwsServiceEvent'
  )
ORDER BY eventtime DESC
