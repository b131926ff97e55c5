"""The wheel, as a desk would install it: it holds what the commands need, and works far from the repository."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("compiled", "interpreted")
SHIPPED = {"fix_configs": "trader/_shipped/fix_configs", "examples": "trader/_shipped/examples"}


def run(*command: str, cwd: Path, code: int = 0, **extra: str) -> str:
    """The command's standard output, or its standard error where it is to fail; another end shows both."""
    environment = os.environ | extra
    outcome = subprocess.run(command, cwd=cwd, env=environment, check=False, capture_output=True, text=True)
    assert outcome.returncode == code, f"{' '.join(command)}\n{outcome.stdout}\n{outcome.stderr}"
    return outcome.stderr if code else outcome.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), ".", cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's packages; their dependencies come from the environment of the tests."""
    folder = tmp_path_factory.mktemp("site")
    run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
        "--target",
        str(folder),
        str(wheel),
        cwd=folder,
    )
    return folder


def files_in(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts]


def contents(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.mark.parametrize("package", ["trader", "risk", "strategies", "simulator"])
def test_every_file_of_the_package_ships(package: str, wheel: Path) -> None:
    expected = {path.relative_to(ROOT).as_posix() for path in files_in(ROOT / package)}
    assert f"{package}/__init__.py" in expected
    assert expected <= contents(wheel)


@pytest.mark.parametrize(("folder", "shipped"), SHIPPED.items())
def test_configurations_and_examples_ship(folder: str, shipped: str, wheel: Path) -> None:
    expected = {f"{shipped}/{path.relative_to(ROOT / folder).as_posix()}" for path in files_in(ROOT / folder)}
    assert expected
    assert expected <= contents(wheel)


def test_nothing_else_ships_but_one_library(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in contents(wheel) if ".dist-info/" not in name}
    (library,) = tops - {"trader", "risk", "strategies", "simulator"}
    assert library.startswith("fx_trader__mypyc.")
    assert library.endswith(".so")


def test_what_every_order_passes_is_compiled(installed: Path, tmp_path: Path) -> None:
    code = "from risk.gate import gate; from risk.ledger import ledger; print(gate.__file__, ledger.__file__)"
    files = run(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=str(installed)).split()
    assert [Path(file).suffix for file in files] == [".so", ".so"]


def test_compiled_and_interpreted_write_the_same_days_byte_for_byte(installed: Path, tmp_path: Path) -> None:
    for name, path in zip(NAMES, (installed, ROOT), strict=True):
        options = ("--seeds", "1..12", "--out", name)
        run(sys.executable, "-m", "trader", "simulate", *options, cwd=tmp_path, PYTHONPATH=str(path))
    ours, theirs = ({path.relative_to(root): path for path in files_in(root)} for root in map(tmp_path.joinpath, NAMES))
    assert ours.keys() == theirs.keys()
    assert len(ours) > 12
    assert [name for name, path in ours.items() if path.read_bytes() != theirs[name].read_bytes()] == []


def test_a_bug_that_cannot_be_planted_in_what_is_compiled_is_refused(installed: Path, tmp_path: Path) -> None:
    options = ("--seeds", "1..2", "--planted", "overlooks-limits")
    said = run(sys.executable, "-m", "trader", "simulate", *options, cwd=tmp_path, code=2, PYTHONPATH=str(installed))
    assert "risk.ledger.ledger is compiled here, and fits cannot be changed" in said


def test_the_packages_import_from_the_wheel_and_not_from_the_repository(installed: Path, tmp_path: Path) -> None:
    code = "import trader, risk, strategies, simulator; print(trader.__file__, risk.__file__, simulator.__file__)"
    files = run(sys.executable, "-c", code, cwd=tmp_path, PYTHONPATH=str(installed)).split()
    assert [Path(file).is_relative_to(installed) for file in files] == [True, True, True]


def test_the_command_says_what_it_can_do(installed: Path, tmp_path: Path) -> None:
    help_text = run(sys.executable, "-m", "trader", "--help", cwd=tmp_path, PYTHONPATH=str(installed))
    assert {"run", "validate", "demo"} <= set(help_text.split())


def test_the_demo_trades_from_the_wheel_in_an_empty_folder(installed: Path, tmp_path: Path) -> None:
    printed = run(sys.executable, "-m", "trader", "demo", cwd=tmp_path, PYTHONPATH=str(installed))
    assert "Reconciled" in printed
    (result,) = (tmp_path / "var").rglob("*.result.csv")
    explain = ("-m", "trader", "explain", "T-0007", "--data", str(result.parent.parent))
    assert "T-0007" in run(sys.executable, *explain, cwd=tmp_path, PYTHONPATH=str(installed))
    batch = installed / SHIPPED["examples"] / "batch-100.csv"
    assert len(result.read_text("utf-8").splitlines()) == len(batch.read_text("utf-8").splitlines())


def test_an_example_is_validated_from_the_wheel_and_nothing_is_written(installed: Path, tmp_path: Path) -> None:
    batch = installed / SHIPPED["examples"] / "batch-100.csv"
    run(sys.executable, "-m", "trader", "validate", str(batch), cwd=tmp_path, PYTHONPATH=str(installed))
    assert not list(tmp_path.iterdir())
