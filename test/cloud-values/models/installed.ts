import { execFileSync } from "node:child_process";

/** The folder of an installed Python package. `python3` is the one whose environment holds `requirements.txt`. */
export function packageFolder(name: string): string {
  const program =
    "import importlib.util, sys; print(importlib.util.find_spec(sys.argv[1]).submodule_search_locations[0])";
  try {
    return execFileSync("python3", ["-c", program, name], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  } catch (error) {
    throw new Error(
      `the Python package ${name} is not installed; in a virtual environment that is first in PATH: ` +
        "pip install -r test/cloud-values/requirements.txt",
      { cause: error },
    );
  }
}
