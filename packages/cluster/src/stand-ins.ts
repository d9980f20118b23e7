import { setTimeout as wait } from "node:timers/promises";
import type { Client } from "./client";
import { assignAddresses } from "./load-balancers";
import { provisionVolumes } from "./volumes";

/** How often the stand-ins look for work, in milliseconds. */
const interval = 150;

/** Does, until stopped, what drivers and clouds do in a real cluster: volumes for claims, addresses for services. */
export function startStandIns(client: Client): { stop(): Promise<void> } {
  let stopped = false;
  const run = async () => {
    while (!stopped) {
      // What fails is tried again: objects change and go while the stand-ins look at them.
      await Promise.allSettled([provisionVolumes(client), assignAddresses(client)]);
      await wait(interval);
    }
  };
  const running = run();
  return {
    async stop() {
      stopped = true;
      await running;
    },
  };
}
