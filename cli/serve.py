"""`mihwar serve`: the HTTP service in the foreground."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from cli.model import DEFAULT_MODEL, MODEL_VARIABLE, model_folder

__all__ = ["EXAMPLES", "command_line", "environment", "serve"]

EXAMPLES = """Examples:

  mihwar serve
  mihwar serve --model models/new --port 8080
  curl http://127.0.0.1:3000/v1/classify -H 'Content-Type: application/json' -d '{"inputs": "..."}'"""

_ROOT = Path(__file__).resolve().parent.parent
_SHUTDOWN_TIMEOUT_S = 120


def serve(
    model: Annotated[Path, typer.Option(help="Model folder.", envvar=MODEL_VARIABLE)] = DEFAULT_MODEL,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 is every one.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 3000,
) -> None:
    """Answer over HTTP until it is told to stop (Ctrl-C or SIGTERM)."""
    from mihwar.artefact import read_artefact
    from serving.settings import settings_from

    folder = model_folder(model)
    variables = environment(os.environ, folder)
    # Checked here, since a service that cannot start is started again and again.
    settings_from(variables)
    read_artefact(folder)
    if importlib.util.find_spec("bentoml") is None:
        raise ModuleNotFoundError("No module named 'bentoml'", name="bentoml")
    _check_free(host, port)
    command = command_line(host, port)
    sys.stdout.flush()
    os.execve(command[0], command, variables)  # noqa: S606  our own interpreter, no shell


def command_line(host: str, port: int) -> list[str]:
    """Return the command that serves."""
    service = ["serving.service:SecurityThemes", "--working-dir", str(_ROOT)]
    address = ["--host", host, "--port", str(port)]
    # BentoML would wait for a day; the service answers or refuses every request well within this.
    shutdown = ["--timeout-graceful-shutdown", str(_SHUTDOWN_TIMEOUT_S)]
    return [sys.executable, "-m", "bentoml", "serve", *service, *address, *shutdown]


def environment(variables: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment of the service.

    Args:
        variables: The environment at hand.
        folder: The model folder.
    """
    return {
        **variables,
        MODEL_VARIABLE: str(folder.resolve()),
        "BENTOML_DO_NOT_TRACK": "True",
    }


def _check_free(host: str, port: int) -> None:
    from mihwar.errors import MihwarError

    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        raise MihwarError(
            f"Cannot listen on {host}:{port}: {error.strerror or error}. Choose another --port or --host."
        ) from error
