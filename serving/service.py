"""The BentoML service: loads the model folder and puts our application where BentoML serves it.

BentoML gives health (`/livez`, `/readyz`, `/healthz`), metrics, tracing, the access log and the container; all
else is `serving.api`. Run it with `bentoml serve serving.service:SecurityThemes` from the root of the checkout,
and with `BENTOML_DO_NOT_TRACK=True`: BentoML reports its use to its makers otherwise.

One process: the engine has threads of its own, and queue and limits then have one home. More machines mean more
replicas.
"""

from __future__ import annotations

import logging
import os
import signal
import sys

import bentoml
from fastapi import FastAPI
from starlette.types import Receive, Scope, Send

from mihwar.artefact import read_artefact
from mihwar.classifier import Classifier
from mihwar.errors import MihwarError
from serving.api import create_app
from serving.settings import MAX_TIMEOUT_S, settings_from

__all__ = ["SecurityThemes"]

# Tells workers which process started them.
_SUPERVISOR = "MIHWAR_SUPERVISOR_PID"
_EXIT_CODE = 2
_log = logging.getLogger("mihwar.serving")


class _Mounted:
    """Stands where BentoML wants an application, until there is a model to make one of.

    BentoML mounts when this file is imported, the model is loaded when a worker starts. Since this is no
    Starlette application, BentoML passes on all that is not its own, and does not reach its own page at `/`,
    which loads scripts of others.
    """

    def __init__(self) -> None:
        self.app: FastAPI | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand over to the application."""
        if self.app is None:
            raise RuntimeError("A request came before the model was loaded.")
        await self.app(scope, receive, send)


_mounted = _Mounted()


@bentoml.asgi_app(_mounted, path="/")
@bentoml.service(
    workers=1,
    # Above every timeout of ours, which answer better. No `max_concurrency`: its refusals lack Retry-After.
    traffic={"timeout": 2 * MAX_TIMEOUT_S + 20},
    metrics={"enabled": True},
    http={"cors": {"enabled": False}},
    envs=[{"name": "BENTOML_DO_NOT_TRACK", "value": "True"}],
)
class SecurityThemes:
    """Which security themes is each paragraph of Arabic news about?"""

    @bentoml.on_deployment  # type: ignore[untyped-decorator]  # BentoML's hooks have no types
    def check() -> None:
        """Refuse to start with settings or a model folder that cannot work.

        Runs once, before there are workers: one that fails is started anew for ever.
        """
        os.environ[_SUPERVISOR] = str(os.getpid())
        try:
            read_artefact(settings_from(os.environ).model)
        except MihwarError as error:
            _say(error)
            raise SystemExit(_EXIT_CODE) from None

    def __init__(self) -> None:
        try:
            settings = settings_from(os.environ)
            classifier = Classifier.load(settings.model)
        except Exception as error:
            # The folder changed since it was checked, or is whole and yet of no use to the engine.
            _stop_supervisor()
            if isinstance(error, MihwarError):
                _say(error)
                os._exit(_EXIT_CODE)  # BentoML would wrap SystemExit into two pages of traceback
            raise
        self._app = create_app(classifier, settings)
        _mounted.app = self._app
        _log.setLevel(logging.INFO)
        access = "with access keys" if settings.api_key_digests else "open to all who reach it"
        _log.info("Serving %s %s from %s, %s.", classifier.name, classifier.version, settings.model, access)

    @bentoml.on_shutdown  # type: ignore[untyped-decorator]  # as above
    def close(self) -> None:
        """Let no more requests in."""
        self._app.state.batcher.close()

    def __is_ready__(self) -> bool:
        """Answer `/readyz`."""
        return bool(self._app.state.batcher.is_open)


def _stop_supervisor() -> None:
    """Keep the supervisor from starting this worker anew; where there is none, do nothing."""
    if os.environ.get(_SUPERVISOR) == str(os.getppid()):
        os.kill(os.getppid(), signal.SIGTERM)


def _say(error: MihwarError) -> None:
    print(f"The service cannot start: {error}", file=sys.stderr, flush=True)  # noqa: T201  # not yet a log everywhere
