import { type Checks, matching, type Rule } from "aistack-core";

/** Where workloads find the files of a file system. */
export function mountPathOf(check: Checks, name: string, given: string | undefined): string {
  const form = 'a folder such as "/mnt/files" that is none of the system';
  const path = matching(
    /^\/(?!(bin|dev|etc|lib|proc|sbin|sys|tmp|usr|var|app|models)(\/|$))(?!.*\/\.\.?(\/|$))[\w.-]+(\/[\w.-]+)*$/,
    form,
  );
  return check.value("mountPath", given ?? `/mnt/${name}`, path) as string;
}

/** Drivers of a cluster whose nodes mount what this one mounts; a cluster that does not say is taken at the user's word. */
export function nodesMount(driver: string, fix: string): Rule<string[] | undefined> {
  return (drivers) =>
    drivers === undefined || drivers.includes(driver)
      ? undefined
      : `must name ${driver}; ${fix}, or install the driver`;
}
