/** The cron schedule that is nearest to every so many minutes. */
export function everyMinutes(minutes: number): string {
  if (minutes < 60) return `*/${minutes} * * * *`;
  return minutes < 1440 ? `0 */${Math.round(minutes / 60)} * * *` : "0 0 * * *";
}
