"""A stand-in for the Hugging Face Hub on loopback: enough of its protocol for `from_pretrained` to download files."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@contextmanager
def stub_hub(repositories: dict[str, Path]) -> Iterator[tuple[str, list[str]]]:
    """Serve folders as model repositories.

    Args:
        repositories: Folder by repository id.

    Yields:
        The hub's address for `HF_ENDPOINT`, and the list of paths that were asked for.
    """
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002  the base class's name
            pass

        def do_HEAD(self) -> None:
            self._answer(with_body=False)

        def do_GET(self) -> None:
            self._answer(with_body=True)

        def _answer(self, *, with_body: bool) -> None:
            path = unquote(self.path.split("?")[0])
            asked.append(path)
            status, body, headers = _respond(path, repositories)
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            if with_body:
                self.wfile.write(body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _respond(path: str, repositories: dict[str, Path]) -> tuple[int, bytes, dict[str, str]]:
    for repository, folder in repositories.items():
        if path.startswith(f"/api/models/{repository}"):
            files = [
                {"type": "file", "path": f.name, "size": f.stat().st_size, "oid": COMMIT} for f in folder.iterdir()
            ]
            siblings = [{"rfilename": f.name} for f in folder.iterdir()]
            model = {"id": repository, "modelId": repository, "sha": COMMIT, "siblings": siblings}
            return 200, json.dumps(files if "/tree/" in path else model).encode(), {}
        file = folder / path.rsplit("/", 1)[-1]
        if path.startswith(f"/{repository}/resolve/") and file.is_file():
            content = file.read_bytes()
            etag = hashlib.sha256(content).hexdigest()
            return 200, content, {"ETag": f'"{etag}"', "X-Repo-Commit": COMMIT}
        if path.startswith(f"/{repository}/"):
            return 404, b"Entry not found", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT}
    return 404, b"Repository not found", {"X-Error-Code": "RepoNotFound"}
