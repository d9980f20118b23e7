/** Accelerators that the machine catalogue knows. */
export enum Accelerator {
  /** NVIDIA T4, 16 GiB. */
  NvidiaT4 = "nvidia-t4",
  /** NVIDIA A10G, 24 GiB. */
  NvidiaA10g = "nvidia-a10g",
  /** NVIDIA L4, 24 GiB. */
  NvidiaL4 = "nvidia-l4",
  /** NVIDIA L40S, 48 GiB. */
  NvidiaL40s = "nvidia-l40s",
  /** NVIDIA RTX PRO 4500, 32 GiB. */
  NvidiaRtxPro4500 = "nvidia-rtx-pro-4500",
  /** NVIDIA RTX PRO 6000, 96 GiB. */
  NvidiaRtxPro6000 = "nvidia-rtx-pro-6000",
  /** NVIDIA V100, 32 GiB. */
  NvidiaV100 = "nvidia-v100-32gb",
  /** NVIDIA A100, 40 GiB. */
  NvidiaA100 = "nvidia-a100-40gb",
  /** NVIDIA A100, 80 GiB. */
  NvidiaA100With80GiB = "nvidia-a100-80gb",
  /** NVIDIA H100, 80 GiB. */
  NvidiaH100 = "nvidia-h100-80gb",
  /** NVIDIA H200, 141 GiB. */
  NvidiaH200 = "nvidia-h200-141gb",
  /** NVIDIA B200, 179 GiB. */
  NvidiaB200 = "nvidia-b200",
  /** NVIDIA B300, 268 GiB. */
  NvidiaB300 = "nvidia-b300",
  /** NVIDIA GB200. */
  NvidiaGb200 = "nvidia-gb200",
  /** AWS Inferentia2, 32 GiB. */
  AwsInferentia2 = "aws-inferentia2",
  /** AWS Trainium, 32 GiB. */
  AwsTrainium = "aws-trainium",
  /** AWS Trainium2, 96 GiB. */
  AwsTrainium2 = "aws-trainium2",
  /** Google TPU v5e, 16 GiB. */
  GoogleTpuV5e = "google-tpu-v5e",
  /** Google TPU v5p, 95 GiB. */
  GoogleTpuV5p = "google-tpu-v5p",
  /** Google TPU v6e, 32 GiB. */
  GoogleTpuV6e = "google-tpu-v6e",
  /** Google TPU v7x, 192 GiB. */
  GoogleTpuV7x = "google-tpu-v7x",
}
