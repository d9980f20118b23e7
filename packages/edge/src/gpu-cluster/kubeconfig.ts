import * as defaults from "./defaults";

/** The kubeconfig that k3s writes for the machine itself, with the address by which others reach the API. */
export function kubeconfigFor(text: string, address: string): string {
  const own = `https://127.0.0.1:${defaults.apiPort}`;
  if (!text.includes(own)) throw new Error(`the kubeconfig of the first server does not hold ${own}, as k3s writes it`);
  return text.replaceAll(own, `https://${address}:${defaults.apiPort}`);
}
