"""The model card that goes into every model folder (after Mitchell et al. 2019, arXiv 1810.03993)."""

from __future__ import annotations

from collections.abc import Mapping

from evaluation.render.tables import report_tables
from evaluation.report import Report
from evaluation.tables import Table, to_markdown
from mihwar.artefact import Manifest

__all__ = ["model_card"]

_USE = """\
## Use

Reads one paragraph of published Arabic news and says which security themes it is about: one, several or none.
It labels paragraphs, never persons. It is not for watch-lists, for scoring people or for private messages; using
topic labels to profile people is high-risk or prohibited under the EU AI Act (Art. 5(1)(d), Annex III). "Extremism"
has no agreed definition (UN documents A/73/362 and A/HRC/43/46); labels reproduce how a source names groups.
Probabilities are of each theme by itself and do not add up to one."""

_DATA = """\
## Training text

The committed corpus (source `synthetic`) is synthetic: invented events, written and labelled with large language models
under the labelling guide (`corpus/GUIDE.md`, `corpus/DATASHEET.md`); agreement figures there are between models. Scores
on its own test split say how well the model reads such text; they are not scores on real news, where it must be
expected to do worse. Real paragraphs, where the table names a source of them, were labelled by language models under
the same guide; their text is not in the repository (`corpus/external/`)."""


def model_card(manifest: Manifest, report: Report) -> str:
    """Write the card.

    Args:
        manifest: Facts of the model, with metrics and training facts.
        report: Its report on the untouched test split.
    """
    points = manifest.training.get("operating_points", ())
    training, backbone, engine = manifest.training, manifest.backbone, manifest.engine
    themes = Table(
        "Themes",
        ("id", "Arabic", "English"),
        tuple((theme.id, theme.name_ar, theme.name_en) for theme in manifest.themes.items),
    )
    facts = Table(
        "Facts",
        ("fact", "value"),
        (
            ("version", manifest.version),
            ("backbone", f"{backbone['id']}, revision {backbone['revision'] or 'none'}"),
            ("licence of the backbone", str(backbone["licence"])),
            (
                "normaliser",
                f"{manifest.normaliser.kind}, {manifest.normaliser.setting}, v{manifest.normaliser.version}",
            ),
            ("engine", ", ".join(f"{key} {value!r}" for key, value in engine.items())),
            ("trained on", _counts(training["trained_on"])),
            ("calibration and thresholds by", _counts(training["decided_on"])),
            ("operating points", ", ".join(["balanced", *points]) or "none"),
            ("config", f"sha256 {training['config_sha256']} (`config.yaml`)"),
            ("themes", f"sha256 {training['themes_sha256']}"),
            ("corpus", f"sha256 {training['corpus_sha256']}"),
            ("split", f"sha256 {training['split_sha256']}"),
            ("seed", str(training["seed"])),
            ("commit", f"{training['commit']}{' + uncommitted changes' if training['uncommitted_changes'] else ''}"),
            ("trained", str(training["trained_at"])),
            ("time", f"{training['seconds'] / 60:.0f} minutes"),
            ("peak memory", f"{training['peak_memory_mib'] / 1024:.1f} GiB"),
        ),
    )
    parts = [
        f"# {manifest.name} {manifest.version}",
        manifest.description,
        _USE,
        _DATA,
        "# Report on the test split of the training corpus",
        *(to_markdown(table) for table in report_tables(report)),
        to_markdown(themes),
        to_markdown(facts),
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _counts(by_source: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} paragraphs of {source}" for source, count in by_source.items())
