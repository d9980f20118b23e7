/** Every quarter of an hour: looking costs one request per thousand objects. */
export const schedule = "*/15 * * * *";

/** Long enough for a hundred gigabytes over a line of 20 Mbit/s. */
export const timeoutHours = 12;

/** Room for two releases of a model of 32 billion parameters in 16 bits, and a third on its way. */
export const sizeGiB = 200;

export const cpu = "500m";
/** The client holds ten parts of a download in memory, of eight mebibytes each, and itself. */
export const memory = "1Gi";
