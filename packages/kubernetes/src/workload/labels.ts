export { selectorLabels, standardLabels } from "aistack-runtime";

/** The label that lets a pod in through the network policy of a service; the service's binding hands it out. */
export function clientLabel(service: string): { [label: string]: string } {
  return { [`access.aistack.dev/${service}`]: "allowed" };
}
