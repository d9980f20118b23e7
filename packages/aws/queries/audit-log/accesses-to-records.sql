-- Who read the audit records themselves, or was refused, in the last 30 days.
SELECT
  requester,
  remote_ip,
  operation,
  http_status,
  error_code,
  count(*) AS times,
  min(parse_datetime("time", 'dd/MMM/yyyy:HH:mm:ss Z')) AS first_time,
  max(parse_datetime("time", 'dd/MMM/yyyy:HH:mm:ss Z')) AS last_time
FROM s3_access
WHERE day >= date_format(current_date - INTERVAL '30' DAY, '%Y/%m/%d')
  AND (operation LIKE 'REST.GET.OBJECT%' OR operation LIKE '%DELETE%' OR http_status = 403)
GROUP BY 1, 2, 3, 4, 5
ORDER BY last_time DESC
