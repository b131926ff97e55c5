"""Compiles a wheel's hot path: the gate, from the same source that a checkout interprets.

mypyc turns modules with types into extension modules. Which ones stands in pyproject.toml. A wheel has both, and Python
takes the compiled one; an editable installation has the source alone, so that an edit is never hidden behind a library.
The ready-made hook for hatchling compiles inside the source tree, which is why this one is here: it works on a copy.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SETUP = """
import sys
from mypyc.build import mypycify
from setuptools import setup

options = ["--config-file=", "--ignore-missing-imports", "--follow-imports=silent"]
modules = mypycify([*options, *sys.argv[2:]], group_name="fx_trader", opt_level="1", debug_level="0", multi_file=True)
setup(name="compiled", packages=[], ext_modules=modules, script_args=["build_ext", "--build-lib", sys.argv[1]])
"""


class CompiledModules(BuildHookInterface[BuilderConfig]):
    """The build hook of the wheel.

    Its table in pyproject.toml has ``modules``, the patterns of what is compiled, and ``interpreted``, what is not.
    """

    _compiled: TemporaryDirectory[str] | None = None

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and let the wheel have what came of it.

        Raises:
            RuntimeError: mypyc or the compiler refused; everything that they said.
        """
        if version == "editable":
            return
        self._compiled = TemporaryDirectory()
        source, made = Path(self._compiled.name, "source"), Path(self._compiled.name, "made")
        for package in self.build_config.packages:
            shutil.copytree(Path(self.root, package), source / package)
        command = [sys.executable, "-c", SETUP, str(made), *self._modules(source)]
        ran = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)  # noqa: S603 -- our own
        if ran.returncode:
            raise RuntimeError(f"the gate cannot be compiled:\n{ran.stdout}{ran.stderr}")
        libraries = {str(path): path.relative_to(made).as_posix() for path in made.rglob("*.so")}
        build_data["force_include"] |= libraries
        build_data["pure_python"], build_data["infer_tag"] = False, True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:  # noqa: ARG002 -- its signature
        """Forget the copy: the wheel is written."""
        if self._compiled is not None:
            self._compiled.cleanup()

    def _modules(self, source: Path) -> list[str]:
        """What is compiled, relative to the source, in one order on every machine."""
        found = {path for pattern in self.config["modules"] for path in source.glob(pattern)}
        left_out = {source / name for name in self.config["interpreted"]}
        return sorted(path.relative_to(source).as_posix() for path in found - left_out if path.name != "__init__.py")
