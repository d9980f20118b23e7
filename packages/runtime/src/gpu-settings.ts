/** What the node image brings for NVIDIA GPUs; the GPU operator installs the rest. */
export interface GpuRuntimeSettings {
  /** The driver is on the nodes. Defaults to false: the operator installs one wherever it finds none. */
  driverInstalled?: boolean;
  /** The container runtime of the nodes knows GPUs. Defaults to false: the operator sets it up. */
  toolkitInstalled?: boolean;
  /** A device plugin runs on the nodes without the operator. Defaults to false. */
  devicePluginInstalled?: boolean;
  /** Directory on the node that holds the driver. Defaults to the operator's own, "/run/nvidia/driver". */
  driverDirectory?: string;
  /** Directory on the node that the toolkit is put into. Defaults to "/usr/local/nvidia". */
  toolkitDirectory?: string;
  /** Environment of the toolkit, such as CONTAINERD_CONFIG and CONTAINERD_SOCKET where containerd is elsewhere. */
  toolkitEnvironment?: { [name: string]: string };
  /** Environment of the device plugin, such as DEVICE_LIST_STRATEGY. */
  devicePluginEnvironment?: { [name: string]: string };
}
