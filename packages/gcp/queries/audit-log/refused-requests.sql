-- Which requests from outside were refused, by a security policy or by the service? (PCI DSS 10.2.1.4)
SELECT
  timestamp,
  httpRequest.remoteIp AS remote_ip,
  httpRequest.requestMethod AS method,
  httpRequest.requestUrl AS url,
  httpRequest.status AS status,
  jsonPayload.statusDetails AS details,
  jsonPayload.enforcedSecurityPolicy.outcome AS policy_outcome
FROM {dataset}.requests
WHERE REGEXP_EXTRACT(_FILE_NAME, r'/(\d{4}/\d{2}/\d{2})/') BETWEEN FORMAT_DATE('%Y/%m/%d', from_day) AND FORMAT_DATE('%Y/%m/%d', to_day)
  AND (httpRequest.status IN (401, 403, 429) OR jsonPayload.enforcedSecurityPolicy.outcome = 'DENY')
