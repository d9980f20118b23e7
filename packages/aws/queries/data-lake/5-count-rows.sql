-- Must answer 0.
SELECT count(*) FROM {{table}} WHERE subject = '{{subject}}'
