import { bytesPerEvent, usableShare } from "./defaults";

const secondsPerDay = 86400;

/** GiB of a buffer that holds what a server writes in some days: events of all the seconds, and what the buffer wastes. */
export function bufferSizeFor(days: number, eventsPerSecond: number): number {
  const bytes = days * secondsPerDay * eventsPerSecond * bytesPerEvent;
  return Math.ceil(bytes / usableShare / 2 ** 30);
}
