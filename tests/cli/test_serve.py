"""`mihwar serve`: the command line it becomes, and what it refuses before."""

import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.serve import command_line, environment


@pytest.fixture
def executed(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    calls: list[Any] = []
    monkeypatch.setattr("mihwar.artefact.read_artefact", lambda _: None)
    monkeypatch.setattr(os, "execve", lambda *arguments: calls.append(arguments))
    return calls


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture
def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port


def test_becomes_the_service(mihwar: Any, executed: list[Any], free_port: int, tmp_path: Path) -> None:
    assert mihwar("serve", "--model", tmp_path, "--port", free_port).code == 0
    ((program, arguments, variables),) = executed
    assert program == sys.executable
    assert arguments == command_line("127.0.0.1", free_port)
    assert variables == environment(os.environ, tmp_path)
    assert Path(variables["MIHWAR_MODEL"]).is_absolute()


def test_taken_port(mihwar: Any, executed: list[Any], taken_port: int) -> None:
    outcome = mihwar("serve", "--port", taken_port)
    assert outcome.code == 2
    assert f"Cannot listen on 127.0.0.1:{taken_port}" in outcome.errors
    assert executed == []


def test_missing_model_is_refused_before_anything_starts(mihwar: Any, tmp_path: Path) -> None:
    outcome = mihwar("serve", "--model", tmp_path / "none")
    assert outcome.code == 2
    assert "There is no model folder" in outcome.errors


def test_without_bentoml(mihwar: Any, executed: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    outcome = mihwar("serve")
    assert outcome.code == 2
    assert "mihwar[serving]" in outcome.errors
    assert executed == []


def test_wrong_settings_are_refused_before_anything_starts(
    mihwar: Any, executed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MIHWAR_MAX_ITEMS", "many")
    outcome = mihwar("serve")
    assert outcome.code == 2
    assert "MIHWAR_MAX_ITEMS" in outcome.errors
    assert executed == []
