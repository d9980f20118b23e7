/** A cron schedule as EventBridge Scheduler writes it: https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#cron-based */
const named: Readonly<Record<string, string>> = {
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
  "@monthly": "0 0 1 * *",
  "@weekly": "0 0 * * 0",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@hourly": "0 * * * *",
};

const months = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split(" ");
const days = "SUN MON TUE WED THU FRI SAT".split(" ");

/**
 * The expression for a schedule of five fields; undefined if both days of the month and of the week are restricted, of which
 * cron takes either and EventBridge allows but one. A day of the week has another number there, so it gets its name; ranges
 * with steps become lists, since only steps from a start on are documented.
 */
export function scheduleExpression(cron: string): string | undefined {
  const [minute, hour, dayOfMonth, month, dayOfWeek] = (named[cron] ?? cron).split(" ") as [
    string,
    string,
    string,
    string,
    string,
  ];
  const onDaysOfMonth = !isAny(dayOfMonth);
  const onDaysOfWeek = !isAny(dayOfWeek);
  if (onDaysOfMonth && onDaysOfWeek) return undefined;
  const fields = [
    field(minute, 0, 59),
    field(hour, 0, 23),
    onDaysOfWeek ? "?" : field(dayOfMonth, 1, 31),
    field(month, 1, 12, months),
    onDaysOfWeek ? field(dayOfWeek, 0, 6, days) : "?",
  ];
  return `cron(${fields.join(" ")} *)`;
}

const isAny = (text: string) => text === "*" || text === "?";

function field(text: string, least: number, most: number, names: string[] = []): string {
  if (isAny(text)) return "*";
  const value = (item: string) => {
    const index = names.indexOf(item.toUpperCase());
    return index >= 0 ? index + least : Number(item);
  };
  const values = text.split(",").flatMap((part) => {
    const [range, step] = part.split("/") as [string, string | undefined];
    const [first, last] = isAny(range) ? [`${least}`, `${most}`] : (range.split("-") as [string, string | undefined]);
    const from = value(first);
    const to = last !== undefined ? value(last) : step !== undefined ? most : from;
    const by = Number(step ?? 1);
    return Array.from({ length: Math.floor((to - from) / by) + 1 }, (_, index) => from + index * by);
  });
  const sorted = [...new Set(values)].sort((a, b) => a - b);
  return sorted.map((number) => names[number - least] ?? `${number}`).join(",");
}
