-- Who read the objects of a bucket, or wrote or deleted some? (PCI DSS 10.2.1.1, HIPAA 164.312(b))
SELECT
  timestamp,
  protoPayload.authenticationInfo.principalEmail AS principal,
  protoPayload.requestMetadata.callerIp AS caller_ip,
  protoPayload.serviceName AS service,
  protoPayload.methodName AS method,
  protoPayload.resourceName AS resource_name,
  protoPayload.status.code AS status_code,
  protoPayload.status.message AS status_message
FROM {dataset}.audit_log
WHERE REGEXP_EXTRACT(_FILE_NAME, r'/(\d{4}/\d{2}/\d{2})/') BETWEEN FORMAT_DATE('%Y/%m/%d', from_day) AND FORMAT_DATE('%Y/%m/%d', to_day)
  AND protoPayload.methodName LIKE 'storage.objects.%'
