"""Entry point: `python -m holdfast_target --port N` serves, `python -m holdfast_target pipeline FILE` reads a log."""

import sys

from .command import run_command

if __name__ == "__main__":
    sys.exit(run_command(sys.argv[1:]))
