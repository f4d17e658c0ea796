#!/usr/bin/env python3
"""Makes the virtual environment of one target: `python3 build.py cpython` or `python3 build.py pypy`.

Standard library only, any Python 3.7 or later. `--check` only says whether the interpreter is there (exit 0) or not.
A second run with nothing changed does nothing but renew the stamp's time.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple, Optional

HERE = Path(__file__).resolve().parent
PROBE = (
    "import sys, platform, venv, ensurepip;"
    "print(platform.python_implementation(), '%d.%d' % sys.version_info[:2], sys.version.replace(chr(10), ' '))"
)


class Runtime(NamedTuple):
    """An interpreter to look for: preferred locations, names, and requirements."""

    implementation: str
    python: str
    candidates: list[str]
    install: str


# The distribution's build is preferred to others on the PATH: it is profile-guided, while one compiled with default
# options (as by version managers) is a fifth slower, which would be a handicap.
RUNTIMES: dict[str, Runtime] = {
    "cpython": Runtime(
        "CPython",
        "3.11",
        ["/usr/bin/python3.11", "python3.11", "python3"],
        "apt-get install python3.11 python3.11-venv",
    ),
    "pypy": Runtime(
        "PyPy",
        "3.9",
        ["/usr/bin/pypy3", "pypy3.9", "pypy3"],
        "apt-get install pypy3 pypy3-venv pypy3-dev",
    ),
}


def main() -> int:
    """Checks, or builds. Returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runtime", choices=sorted(RUNTIMES))
    parser.add_argument("--check", action="store_true", help="only look for the interpreter")
    options = parser.parse_args()
    runtime = RUNTIMES[options.runtime]
    found = find_interpreter(runtime)
    if found is None:
        print(
            f"{options.runtime}: no {runtime.implementation} {runtime.python} with venv and ensurepip found; "
            f"install it: {runtime.install}",
            file=sys.stderr,
        )
        return 1
    if options.check:
        print(found.version)
        return 0
    return build(options.runtime, found)


class Interpreter(NamedTuple):
    """A usable interpreter and its full version text."""

    path: str
    version: str


def find_interpreter(runtime: Runtime) -> Optional[Interpreter]:
    """The first candidate that runs, is the right interpreter, and can create virtual environments."""
    for path in _paths(runtime.candidates):
        try:
            probe = subprocess.run([path, "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=30)
        except (OSError, subprocess.TimeoutExpired):
            continue
        words = probe.stdout.decode().split(" ", 2)
        if probe.returncode == 0 and words[:2] == [runtime.implementation, runtime.python]:
            return Interpreter(path, words[2].strip())
    return None


def _paths(names: list[str]) -> Iterator[str]:
    """Each name in every folder of the PATH, so that a broken shim does not hide a working interpreter."""
    seen = set()
    for name in names:
        for folder in os.get_exec_path():
            path = shutil.which(name, path=folder)
            if path and path not in seen:
                seen.add(path)
                yield path


def build(name: str, interpreter: Interpreter) -> int:
    """Creates the environment unless its stamp shows that it exists. Returns the exit code."""
    environment = HERE / f".venv-{name}"
    stamp, python = environment / "built.json", environment / "bin" / "python"
    wanted = {"interpreter": interpreter.version, "path": interpreter.path, "requirements": _digest(name)}
    if _read(stamp) == wanted and python.exists():
        os.utime(stamp)
        return 0
    shutil.rmtree(environment, ignore_errors=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet"]
    for command in (
        [interpreter.path, "-m", "venv", str(environment)],
        [*pip, "--only-binary", ":all:", "-r", f"requirements-{name}.txt"],
    ):
        if subprocess.run(command, cwd=HERE, stdout=sys.stderr).returncode != 0:
            print(f"{name}: failed: {' '.join(command)}", file=sys.stderr)
            return 1
    # A wheel if available, otherwise compiled, which needs g++ and on PyPy pypy3-dev; nothing else depends on it.
    if subprocess.run([*pip, "-r", "requirements-ujson.txt"], cwd=HERE, stdout=sys.stderr).returncode != 0:
        print(f"{name}: ujson could not be installed; its pipeline variant is unavailable", file=sys.stderr)
    stamp.write_text(json.dumps(wanted), encoding="utf-8")
    return 0


def _digest(name: str) -> str:
    digest = hashlib.sha256()
    for file in ("requirements.txt", f"requirements-{name}.txt", "requirements-ujson.txt"):
        digest.update((HERE / file).read_bytes())
    return digest.hexdigest()


def _read(stamp: Path) -> object:
    try:
        return json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


if __name__ == "__main__":
    sys.exit(main())
