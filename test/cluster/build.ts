import { type Binaries, binaries } from "aistack-cluster";

/** Builds the programs of the cluster before the first test, with a sign of life: the first time, it takes minutes. */
export default async function build(): Promise<void> {
  const started = performance.now();
  let compiled = 0;
  const onPackage = () => {
    if (++compiled % 200 === 0) process.stderr.write(`building the cluster: ${compiled} packages\n`);
  };
  const { version }: Binaries = await binaries({ onPackage });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stderr.write(`cluster of Kubernetes ${version}, built in ${seconds} s\n`);
}
