-- Which machines and pods sent data out of the network, to where, and how much? (SOC 2 CC6.6 and CC7.2)
SELECT
  jsonPayload.src_instance.vm_name AS machine,
  jsonPayload.src_gke_details.pod.pod_namespace AS pod_namespace,
  jsonPayload.src_gke_details.pod.pod_name AS pod,
  jsonPayload.connection.dest_ip AS address,
  jsonPayload.connection.dest_port AS port,
  jsonPayload.dest_location.country AS country,
  SUM(jsonPayload.bytes_sent) AS bytes,
  MIN(timestamp) AS first_seen,
  MAX(timestamp) AS last_seen
FROM {dataset}.flows
WHERE REGEXP_EXTRACT(_FILE_NAME, r'/(\d{4}/\d{2}/\d{2})/') BETWEEN FORMAT_DATE('%Y/%m/%d', from_day) AND FORMAT_DATE('%Y/%m/%d', to_day)
  AND jsonPayload.reporter = 'SRC'
  AND jsonPayload.dest_location.country IS NOT NULL
GROUP BY machine, pod_namespace, pod, address, port, country
