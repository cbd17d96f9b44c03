"""The model card that goes into every model folder."""

from __future__ import annotations

from evaluation.report import Report

from mihwar.artefact import Manifest

__all__ = ["model_card"]


def model_card(manifest: Manifest, report: Report) -> str:
    return ""
