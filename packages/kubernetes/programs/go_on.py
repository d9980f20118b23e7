"""Runs a program, and says by its exit code whether to go on, for orchestrators that read no files.

Usage: go_on.py FILE VALUE COMMAND...

Ends as the command does; with 99 where it ended well and FILE does not hold VALUE.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

STOP = 99


def main(result: str, wanted: str, *command: str) -> None:
    file = Path(result)
    # What an earlier attempt in the same container left says nothing of this one.
    file.unlink(missing_ok=True)
    code = subprocess.call(command)
    if code != 0:
        raise SystemExit(code if code > 0 else 1)
    found = file.read_text().strip() if file.exists() else "nothing"
    if found != wanted:
        print(f"The answer is {found}: what comes after this is left out.", flush=True)
        raise SystemExit(STOP)


if __name__ == "__main__":
    main(*sys.argv[1:])
