-- Requests to load balancers that were refused or failed in the last 7 days, by who sent them.
SELECT
  elb,
  split_part(client, ':', 1) AS client_address,
  elb_status_code,
  count(*) AS times,
  min("time") AS first_time,
  max("time") AS last_time,
  arbitrary(request) AS example
FROM load_balancers
WHERE day >= date_format(current_date - INTERVAL '7' DAY, '%Y/%m/%d')
  AND elb_status_code >= 400
GROUP BY 1, 2, 3
ORDER BY times DESC
LIMIT 200
