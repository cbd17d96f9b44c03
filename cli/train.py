"""`mihwar train`: from a config file to a model folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from cli.config import Overrides
from cli.console import error_console, output_console, show

__all__ = ["EXAMPLES", "train"]

EXAMPLES = """Examples:

  mihwar train configs/default.yaml --dry-run
  mihwar train configs/default.yaml
  mihwar train configs/arabert.yaml --set training.epochs=5 --set seed=7
  torchrun --nproc-per-node 2 -m cli.main train configs/default.yaml"""


def train(
    config: Annotated[Path, typer.Argument(metavar="CONFIG", help="Config file.")],
    overrides: Overrides = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, count labels, estimate time and memory; train nothing.")
    ] = False,
    resume: Annotated[
        bool | None,
        typer.Option(
            "--resume/--no-resume",
            help="Go on with a run that was killed, or start afresh; by default it goes on if nothing changed.",
        ),
    ] = None,
) -> None:
    """Train a model as a config file says, and judge it on its test split.

    The model folder is replaced at the very end and in one step: a run that is killed leaves the last good model.
    """
    # Imported here: torch takes seconds, which `--help` need not wait for.
    from evaluation.render.tables import compare_headlines, report_tables
    from training import plan, run
    from training.config import load_config

    loaded = load_config(config, overrides or [])
    if dry_run:
        planned = plan.plan(loaded)
        show(planned.tables, planned.notes)
        return
    trained = run.train(loaded, resume=resume, stage=_announce)
    if trained is not None:
        show(report_tables(trained.report), trained.notes)
        if trained.last_headline is not None:
            show((compare_headlines(trained.report, trained.last_headline),))
        verdict = trained.report.verdict
        output_console().print(f"Gates: {verdict.status}. {verdict.reason}", markup=False, soft_wrap=True)
        output_console().print(f"Model: {trained.folder} (report/report.html says more)", markup=False, soft_wrap=True)


def _announce(stage: str) -> None:
    if os.environ.get("RANK", "0") == "0":  # of the processes of a distributed run one speaks
        error_console().print(f"{stage} ...", style="bold", markup=False)
