"""The watch for leftover processes sees them: a run that leaves one is red, and the process is ended."""

import shutil
import subprocess
import sys
from pathlib import Path

import psutil

from tests.architecture.source_tree import ROOT

SLEEPER = "[sys.executable, '-c', 'import signal; print(flush=True); signal.sigwait([signal.SIGTERM])']"


def run_pytest(folder: Path, body: str) -> subprocess.CompletedProcess[str]:
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    (folder / "test_it.py").write_text(f"import pathlib, subprocess, sys\n\ndef test_it():\n{body}", "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", "test_it.py"]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)


def test_a_child_left_running_fails_the_run_and_is_ended(tmp_path: Path) -> None:
    body = f"    child = subprocess.Popen({SLEEPER})\n    pathlib.Path('pid').write_text(str(child.pid))\n"
    outcome = run_pytest(tmp_path, body)
    assert outcome.returncode == 1
    assert "left processes running" in outcome.stdout
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text("utf-8")))


def test_an_orphan_in_a_session_of_its_own_is_found_too(tmp_path: Path) -> None:
    # It has said something before anybody looks: while it is being started the kernel shows an empty environment.
    start = f"import subprocess, sys; child = subprocess.Popen({SLEEPER}, start_new_session=True, stdout=-1)"
    start += "; child.stdout.readline(); print(child.pid)"
    body = f"    output = subprocess.check_output([sys.executable, '-c', {start!r}])\n"
    body += "    pathlib.Path('pid').write_bytes(output)\n"
    outcome = run_pytest(tmp_path, body)
    assert outcome.returncode == 1
    assert "left processes running" in outcome.stdout
    assert not psutil.pid_exists(int((tmp_path / "pid").read_text("utf-8")))


def test_a_run_that_ends_what_it_starts_is_green(tmp_path: Path) -> None:
    outcome = run_pytest(tmp_path, "    subprocess.run([sys.executable, '-c', ''], check=True)\n")
    assert outcome.returncode == 0, outcome.stdout
