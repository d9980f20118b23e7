-- Which connections were rejected most often in the last 7 days.
SELECT
  srcaddr,
  dstaddr,
  dstport,
  protocol,
  count(*) AS times,
  sum(packets) AS packets,
  from_unixtime(min("start")) AS first_time,
  from_unixtime(max("end")) AS last_time
FROM flow_logs
WHERE day >= date_format(current_date - INTERVAL '7' DAY, '%Y/%m/%d')
  AND action = 'REJECT'
GROUP BY 1, 2, 3, 4
ORDER BY times DESC
LIMIT 200
