-- Who ran commands in pods, or read secrets, through a Kubernetes API in the last 30 days; without the control plane's own reads.
SELECT
  requestreceivedtimestamp,
  cluster,
  "user".username AS who,
  sourceips[1] AS from_address,
  verb,
  objectref.resource AS resource,
  objectref.subresource AS subresource,
  objectref.namespace AS namespace,
  objectref.name AS name,
  responsestatus.code AS status
FROM cluster_audit
WHERE day >= date_format(current_date - INTERVAL '30' DAY, '%Y/%m/%d')
  AND stage = 'ResponseComplete'
  AND (
    objectref.subresource IN ('exec', 'attach', 'portforward')
    OR objectref.resource = 'secrets' AND verb IN ('get', 'list', 'watch')
      AND "user".username NOT LIKE 'system:kube-%'
      AND "user".username NOT LIKE 'system:apiserver'
      AND "user".username NOT LIKE 'eks:%'
  )
ORDER BY requestreceivedtimestamp DESC
