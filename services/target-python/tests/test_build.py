import contextlib
import io
import json
import subprocess
import sys
import unittest
from unittest.mock import patch

import build

from .process import FOLDER


class Build(unittest.TestCase):
    def test_a_missing_interpreter_is_told_with_its_install_command(self) -> None:
        wanted = build.Runtime("CPython", "2.0", ["python3", "no-such-python"], "apt-get install python2")
        for arguments in (["build.py", "cpython"], ["build.py", "--check", "cpython"]):
            errors = io.StringIO()
            patched = patch.dict(build.RUNTIMES, cpython=wanted), patch.object(sys, "argv", arguments)
            with patched[0], patched[1], contextlib.redirect_stderr(errors):
                self.assertEqual(build.main(), 1)
            self.assertIn("no CPython 2.0 with venv and ensurepip found; install it: apt-get", errors.getvalue())

    def test_an_unknown_runtime_is_refused(self) -> None:
        run = subprocess.run([sys.executable, "build.py", "jython"], cwd=FOLDER, capture_output=True, check=False)
        self.assertEqual(run.returncode, 2)

    def test_the_manifest_names_files_that_exist_and_the_same_install_commands(self) -> None:
        targets = json.loads((FOLDER / "target.json").read_text(encoding="utf-8"))["targets"]
        self.assertEqual([target["name"] for target in targets], ["cpython", "pypy"])
        for target in targets:
            self.assertEqual(target["needs"][0]["install"], build.RUNTIMES[target["name"]].install)
            self.assertEqual(target["output"], f".venv-{target['name']}/built.json")
            for name in target["inputs"]:
                self.assertTrue((FOLDER / name).is_file(), name)

    def test_every_requirement_is_pinned(self) -> None:
        for file in FOLDER.glob("requirements*.txt"):
            for line in file.read_text(encoding="utf-8").splitlines():
                if line and not line.startswith(("#", "-r ")):
                    self.assertRegex(line, r"^[a-z0-9-]+==[0-9.]+$")
