import type { Client } from "./client";
import type { Service } from "./kubernetes";

/** Gives Services of type LoadBalancer and Ingresses an address, in the place of a cloud's controllers. */
export async function assignAddresses(client: Client): Promise<void> {
  const services = await client.list<Service>("v1", "Service");
  const ingresses = await client.list<Service>("networking.k8s.io/v1", "Ingress");
  const waiting = [...services.filter(({ spec }) => spec.type === "LoadBalancer"), ...ingresses].filter(
    ({ status }) => !status?.loadBalancer?.ingress?.length,
  );
  for (const object of waiting) {
    // A range for documentation (RFC 5737): nothing answers there.
    await client.patch(object, { status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } }, "status");
  }
}
