"""The image without an engine: the steps of the Dockerfile, in a fresh folder as its root.

Two things differ. No system user is created, which would be one of this machine. And the requirements are not installed
again: the image's environment uses that of the tests, which has them. `.ci/wheel.py` installs the list.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.checkout import ROOT

_STEP = re.compile(r"^(FROM|WORKDIR|COPY|RUN|USER) +(.+)$", re.M)
_INSTALLS = re.compile(r"\S+ -m pip install --constraint ")


class Image:
    """The root of an image, after the steps of the Dockerfile."""

    def __init__(self, root: Path) -> None:
        """Do every step below an existing empty folder."""
        self.root = root
        self.done: list[str] = []
        self.not_installed: list[str] = []
        self._folder = root
        steps = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
        for kind, rest in _STEP.findall(steps):
            self.done.append(kind)
            if kind == "WORKDIR":
                self._folder = Path(self.place(rest))
                self._folder.mkdir(parents=True, exist_ok=True)
            elif kind == "COPY":
                self._copy(rest.split())
            elif kind == "RUN":
                self._run(rest)
        self._see_what_it_needs()

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a container by the last stage, unchanged."""
        last = (ROOT / "Dockerfile").read_text().replace("\\\n", " ").rpartition("\nFROM ")[2]
        pairs = re.findall(r"(\w+)=(\S+)", " ".join(re.findall(r"^ENV +(.+)$", last, re.M)))
        return dict(pairs)

    @property
    def programs(self) -> Path:
        """The folder of its programs."""
        return self.root / "opt/venv/bin"

    def place(self, text: str) -> str:
        """Return a text with the image's paths below this root."""
        return re.sub(r"(?<![\w.])/(opt|var/lib)/", rf"{self.root}/\1/", text)

    def _copy(self, words: list[str]) -> None:
        # Stages share this root, so a file that one copies from another may exist already.
        whence = self.root if words[0].startswith("--from=") else ROOT
        *sources, target = [word for word in words if not word.startswith("--")]
        for source in sources:
            there = self._folder / self.place(target) / (Path(source).name if target.endswith("/") else "")
            here = whence / source.lstrip("/")
            if here.resolve() != there.resolve():
                there.parent.mkdir(parents=True, exist_ok=True)
                subprocess.run(["cp", "-rT", str(here), str(there)], check=True)

    def _run(self, command: str) -> None:
        if _INSTALLS.match(command):
            self.not_installed.append(command)
            return
        command = command.replace("useradd --uid 50000 --create-home redaction", "true")
        command = self.place(command.replace("-o redaction -g redaction", ""))
        # The image's `python` is this one.
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | {"PATH": path}
        done = subprocess.run(
            command, shell=True, cwd=self._folder, env=env, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    def _see_what_it_needs(self) -> None:
        # A file of that folder makes a checkout importable, and is not read from here.
        [packages] = self.root.glob("opt/venv/lib/python*/site-packages")
        (packages / "of_the_tests.pth").write_text(f"{sysconfig.get_paths()['purelib']}\n")
        for name in ("airflow", "celery"):
            text = (Path(sys.executable).parent / name).read_text()
            (self.programs / name).write_text(re.sub(r"\A#!.*", f"#!{self.programs}/python", text))
            (self.programs / name).chmod(0o755)
