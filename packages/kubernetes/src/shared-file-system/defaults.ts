/** Space of a file system that names none. */
export const capacityGiB = 1000;

/**
 * Namespace of Rook, its Ceph cluster and the drivers. The drivers and secrets of the charts are named after it.
 * https://rook.io/docs/rook/v1.20/Helm-Charts/ceph-cluster-chart/
 */
export const rookNamespace = "rook-ceph";

/** Driver of CephFS as Rook names it: the namespace of the operator, and the driver's own. */
export const driver = `${rookNamespace}.cephfs.csi.ceph.com`;

/** Pool of the file system's data; Rook puts the file system's name before it. */
export const dataPool = "data0";

/** Copies of each file: with three, one node can be lost while another is being serviced. */
export const replicas = { default: 3, most: 5 };

/** Hour in UTC of copies into a bucket. */
export const backupHourUtc = 3;

/** Hours after which a copy is given up; the next one goes on where it ended. */
export const backupHours = 20;

/** Where the copying container finds the files. */
export const filesPath = "/files";

/** What the copying container asks for. */
export const backupResources = { requests: { cpu: "500m", memory: "1Gi" }, limits: { memory: "1Gi" } };
