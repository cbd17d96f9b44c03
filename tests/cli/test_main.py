"""Help, version, exit codes, and what is imported when."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from cli.console import printable
from cli.main import Session, app
from mihwar import __version__
from mihwar.errors import MihwarError

ROOT = Path(__file__).resolve().parents[2]
MIHWAR = [sys.executable, "-m", "cli.main"]
HEAVY = ["torch", "transformers", "openvino", "bentoml", "sklearn", "datasets", "numpy", "trafilatura", "ruamel"]


def call(*arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*MIHWAR, *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False, **options
    )


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from cli.main import run; assert run(['--help']) == 0; assert run(['classify', '--help']) == 0;"
        f"print('LOADED', [name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, encoding="utf-8", check=True)
    assert done.stdout.splitlines()[-1] == "LOADED []"


@pytest.mark.parametrize("command", [[], ["classify"], ["evaluate"], ["train"], ["serve"], ["config"]])
def test_help_teaches_with_commands_to_copy(command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"], obj=Session(), env={"COLUMNS": "200"})
    assert result.exit_code == 0
    after = result.output.partition("Examples:")[2]
    assert f"mihwar {' '.join(command)}".strip() in after


def test_command_line_of_an_example_stays_in_one_line() -> None:
    result = CliRunner().invoke(app, ["evaluate", "--help"], obj=Session(), env={"COLUMNS": "200"})
    lines = [line.strip() for line in result.output.splitlines()]
    assert 'mihwar evaluate models/security-themes --data "corpus/*.jsonl" --quick' in lines


def test_version() -> None:
    done = call("--version")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"mihwar {__version__}\n", "")


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["classify"], ["classify", "-", "--nonsense"], ["serve", "--port", "x"], ["serve", "--port", "0"]],
)
def test_wrong_use_is_2(mihwar: Any, arguments: list[str]) -> None:
    outcome = mihwar(*arguments)
    assert outcome.code == 2
    assert outcome.output == ""
    assert "Error" in outcome.errors


def test_without_arguments_there_is_help(mihwar: Any) -> None:
    outcome = mihwar()
    assert outcome.code == 2
    assert "classify" in outcome.output + outcome.errors


def raise_when_reading(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    def read(*_: object) -> None:
        raise error

    monkeypatch.setattr("cli.classify.read_items", read)


def test_error_of_ours_is_2_and_one_message(mihwar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_when_reading(monkeypatch, MihwarError("The thing [bold]is[/bold] broken.\nMend it."))
    outcome = mihwar("classify", "a.txt")
    assert outcome.code == 2
    assert outcome.errors == "error: The thing [bold]is[/bold] broken.\n       Mend it.\n"


def test_crash_is_3_and_says_how_to_see_more(mihwar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_when_reading(monkeypatch, RuntimeError("odd"))
    outcome = mihwar("classify", "a.txt")
    assert outcome.code == 3
    assert outcome.errors == "error: Mihwar crashed: RuntimeError: odd. Run `mihwar --debug ...` to see where.\n"


def test_debug_shows_the_traceback(mihwar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_when_reading(monkeypatch, RuntimeError("odd"))
    outcome = mihwar("--debug", "classify", "a.txt")
    assert outcome.code == 3
    assert "Traceback" in outcome.errors
    assert "in classify" in outcome.errors


def test_failed_gate_is_1(mihwar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_when_reading(monkeypatch, typer.Exit(1))
    assert mihwar("classify", "a.txt").code == 1


def test_missing_extra_is_named(mihwar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_when_reading(monkeypatch, ModuleNotFoundError("No module named 'ruamel.yaml'", name="ruamel.yaml"))
    outcome = mihwar("classify", "a.txt")
    assert outcome.code == 2
    assert "mihwar[evaluation]" in outcome.errors
    raise_when_reading(monkeypatch, ModuleNotFoundError("No module named 'mistyped'", name="mistyped"))
    assert mihwar("classify", "a.txt").code == 3


def test_interrupt_is_130(mihwar: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    raise_when_reading(monkeypatch, KeyboardInterrupt())
    assert mihwar("classify", "a.txt").code == 130


def test_interrupt_of_the_process_leaves_no_traceback() -> None:
    waiting = subprocess.Popen(
        [*MIHWAR, "classify", "-"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        # Started in the background, the tests themselves ignore SIGINT, and a child would inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    assert waiting.stdin is not None
    waiting.stdin.write(b" " * 200_000)  # more than a pipe holds: it comes through once the command reads
    waiting.stdin.flush()
    waiting.send_signal(signal.SIGINT)
    _, errors = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    assert b"Traceback" not in errors


def test_broken_pipe_is_quiet() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(
        [*MIHWAR, "config", "schema"], cwd=ROOT, stdout=writer, stderr=subprocess.PIPE, check=False, timeout=60
    )
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 141


def test_broken_pipe_under_a_table_is_quiet(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    config = ROOT / "configs" / "baseline.yaml"
    done = subprocess.run(
        [*MIHWAR, "config", "check", str(config)],
        cwd=ROOT,
        stdout=writer,
        stderr=subprocess.PIPE,
        check=False,
        timeout=60,
    )
    os.close(writer)
    assert done.stderr == b""
    assert done.returncode == 141


def test_missing_model_folder_is_2(tmp_path: Path) -> None:
    done = call("classify", "-", "--model", str(tmp_path / "none"), input="نص")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("error: There is no model folder")
    assert len(done.stderr.splitlines()) == 1


def test_steering_characters_are_not_printed() -> None:
    assert printable("a\x1b[31m\u202eb\u0085c\ud800\n") == "a [31m b c  "
    assert printable("نصٌّ عربي\u200f\u200c") == "نصٌّ عربي\u200f\u200c"


def test_problems_are_put_at_their_lines_in_githubs_view(mihwar: Any, tmp_path: Path, monkeypatch: Any) -> None:
    path = tmp_path / "bad,1.yaml"
    path.write_text("schema_version: 1\nname: Tiny\ntra%ning: {}\n", encoding="utf-8")
    assert "::error" not in mihwar("config", "check", path).output
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    outcome = mihwar("config", "check", path)
    assert outcome.code == 2
    escaped = str(path).replace(",", "%2C")
    lines = [line for line in outcome.output.splitlines() if line.startswith("::error ")]
    assert any(line.startswith(f"::error file={escaped},line=3,col=1::tra%25ning: ") for line in lines)
    assert any(line.startswith(f"::error file={escaped},line=2,") for line in lines)
    monkeypatch.chdir(tmp_path)
    assert "::error file=bad%2C1.yaml,line=3" in mihwar("config", "check", path).output
