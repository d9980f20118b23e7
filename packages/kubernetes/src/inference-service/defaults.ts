/** Port and health check of vLLM's server: https://docs.vllm.ai/en/stable/serving/openai_compatible_server.html */
export const port = 8000;
export const healthPath = "/health";

/** Where the model cache is mounted. */
export const cachePath = "/models";

/** Where `files` are mounted. */
export const filesPath = "/app";

/** Requests that wait in vLLM, by replica: https://docs.vllm.ai/en/stable/usage/metrics.html */
export const queueMetric = "vllm:num_requests_waiting";

/** MLflow would send reports of its use: mlflow/telemetry/utils.py */
export const mlflowEnvironment: Readonly<Record<string, string>> = { MLFLOW_DISABLE_TELEMETRY: "true" };
