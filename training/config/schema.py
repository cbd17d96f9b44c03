"""What a config file may say: one model per section, one sentence per field.

The field descriptions are what `mihwar config schema` prints and what editors show, so they are
written for the person who edits the YAML file. A validator's message begins with the key at fault,
so that the loader can point to it.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from evaluation.gates import Gates

__all__ = ["Config", "ThemeFile"]


class Section(BaseModel):
    """Common rules: unknown keys are refused, values are not converted, nothing changes later."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


def _whole_number(value: object) -> object:
    if type(value) is not int:  # Literal[1] takes 1.0 and true as well
        raise ValueError("must be the whole number 1")
    return value


SchemaVersion = Annotated[Literal[1], BeforeValidator(_whole_number)]
Text = Annotated[str, Field(pattern=r"\S")]  # not blank


# --- corpus ---------------------------------------------------------------------------------------


class CorpusConfig(Section):
    """Where the labelled paragraphs come from."""

    files: Annotated[
        tuple[Text, ...],
        Field(
            min_length=1,
            strict=False,
            description="Files or globs, relative to this file; or one Hub data set id as `hub:owner/name`.",
        ),
    ]
    format: Literal["auto", "jsonl", "csv", "parquet", "hub"] = Field(
        default="auto", description="Format of the files; `auto` goes by the file name's ending."
    )
    hub_split: str = Field(default="train", description="Which split of a Hub data set to read.")


class SplitConfig(Section):
    """How articles are shared out. The share of an article depends on its id and the salt alone."""

    calibration: float = Field(
        default=0.15, gt=0, lt=0.5, description="Share of articles for epochs, calibration and thresholds."
    )
    test: float = Field(default=0.15, gt=0, lt=0.5, description="Share of articles kept for the report alone.")
    salt: str = Field(default="mihwar", min_length=1, description="Change it to draw another split.")


# --- model ----------------------------------------------------------------------------------------


class PlainNormaliserConfig(Section):
    """Repairs Unicode and removes marks; for multilingual backbones."""

    kind: Literal["plain"] = Field(default="plain", description="The plain normaliser.")


class ArabertNormaliserConfig(Section):
    """The AraBERT v0.2 rules."""

    kind: Literal["arabert"] = Field(description="The normaliser of AraBERT v0.2.")
    setting: Literal["compatible", "repaired"] = Field(
        default="repaired",
        description="`compatible` equals the original exactly; `repaired` first mends what it would lose.",
    )


NormaliserConfig = Annotated[PlainNormaliserConfig | ArabertNormaliserConfig, Field(discriminator="kind")]


class NgramsConfig(Section):
    """TF-IDF over words and the characters within them, with logistic regression."""

    word_ngrams: Annotated[tuple[int, int], Field(strict=False)] = Field(
        default=(1, 2), description="Shortest and longest word n-gram."
    )
    char_ngrams: Annotated[tuple[int, int], Field(strict=False)] = Field(
        default=(2, 5), description="Shortest and longest character n-gram, within words."
    )
    min_documents: int = Field(default=2, ge=1, description="n-grams in fewer paragraphs are left out.")
    max_features: int = Field(default=60000, ge=100, description="At most this many n-grams of each sort.")
    inverse_regularisation: float = Field(default=10.0, gt=0, description="scikit-learn's C.")

    @model_validator(mode="after")
    def _ngrams_in_order(self) -> Self:
        for name in ("word_ngrams", "char_ngrams"):
            low, high = getattr(self, name)
            if not 1 <= low <= high:
                raise ValueError(f"{name} must be two whole numbers, 1 <= shortest <= longest; got [{low}, {high}]")
        return self


class TransformerConfig(Section):
    """A pretrained encoder with a linear head on every token."""

    kind: Literal["transformer"] = Field(default="transformer", description="A fine-tuned encoder.")
    backbone: Text = Field(
        default="embedded",
        description="`embedded`, a Hub id such as `aubmindlab/bert-base-arabertv02`, or a local folder,"
        " relative to this file, that begins with `./`, `../`, `/` or `~`.",
    )
    revision: str | None = Field(default=None, description="Commit or tag of the Hub id; null takes the newest.")
    latin_pieces: int = Field(
        default=8000, ge=0, description="How many Latin-script pieces the embedded vocabulary keeps."
    )
    prefix: str = Field(default="", description="Text put before every paragraph; E5 wants `query: `.")
    max_tokens: int = Field(
        default=256,
        ge=16,
        le=8192,
        description="Longest window in tokens; longer paragraphs take several windows.",
    )
    window_overlap_tokens: int = Field(default=64, ge=0, description="Tokens shared by neighbouring windows.")
    attention_dropout: float | None = Field(
        default=0.0,
        ge=0,
        lt=1,
        description="Dropout of attention weights while training; null keeps the backbone's own. On a CPU it doubles"
        " the time of a step.",
    )
    ngrams: NgramsConfig | None = Field(
        default=None,
        description="A linear model of n-grams beside the encoder, learnt from the same paragraphs; their weighted sum"
        " decides. null: the encoder alone.",
    )

    @model_validator(mode="after")
    def _overlap_below_window(self) -> TransformerConfig:
        if self.window_overlap_tokens * 2 > self.max_tokens:
            raise ValueError("window_overlap_tokens must be at most half of max_tokens")
        return self


class _TfidfKind(Section):
    kind: Literal["tfidf"] = Field(description="TF-IDF with logistic regression.")


class TfidfConfig(NgramsConfig, _TfidfKind):  # pydantic puts the last base's fields, `kind`, first
    """TF-IDF over words and characters with logistic regression: the baseline."""


ModelConfig = Annotated[TransformerConfig | TfidfConfig, Field(discriminator="kind")]


# --- training -------------------------------------------------------------------------------------


class BceLossConfig(Section):
    """Binary cross-entropy for each theme."""

    kind: Literal["bce"] = Field(default="bce", description="Binary cross-entropy.")
    label_smoothing: float = Field(default=0.0, ge=0, lt=0.5, description="Moves targets from 0 and 1 by this much.")


class AsymmetricLossConfig(Section):
    """Asymmetric loss (Ridnik et al., ICCV 2021): easy negatives count less."""

    kind: Literal["asymmetric"] = Field(description="Asymmetric loss.")
    gamma_positive: float = Field(default=0.0, ge=0, description="Focusing exponent of positives.")
    gamma_negative: float = Field(default=2.0, ge=0, description="Focusing exponent of negatives.")
    clip: float = Field(default=0.05, ge=0, lt=1, description="Negatives with a probability below it count nothing.")


LossConfig = Annotated[BceLossConfig | AsymmetricLossConfig, Field(discriminator="kind")]


class ProbeConfig(Section):
    """The linear probe that gives fine-tuning its start."""

    inverse_regularisation: float = Field(default=0.05, gt=0, description="scikit-learn's C on standardised vectors.")
    max_iterations: int = Field(default=1000, ge=1, description="Iterations of the solver.")


class TrainingConfig(Section):
    """How the encoder is fine-tuned."""

    probe: ProbeConfig = Field(default_factory=ProbeConfig, description="Linear probe before fine-tuning.")
    epochs: float = Field(default=10, gt=0, description="Passes over the training split.")
    learning_rate: float = Field(default=1e-4, gt=0, lt=1, description="Peak learning rate.")
    batch_size: int = Field(default=16, ge=1, description="Paragraphs a step and process.")
    gradient_accumulation_steps: int = Field(default=1, ge=1, description="Batches summed before a step.")
    warmup_share: float = Field(default=0.1, ge=0, lt=1, description="Share of steps with a rising rate.")
    weight_decay: float = Field(default=0.01, ge=0, description="AdamW weight decay.")
    max_grad_norm: float = Field(default=1.0, gt=0, description="Gradients are clipped at this norm.")
    early_stopping_epochs: int = Field(
        default=3, ge=1, description="Stop after so many epochs without a better macro average precision."
    )
    loss: LossConfig = Field(default_factory=BceLossConfig, description="The loss.")
    device: Literal["auto", "cpu", "cuda", "mps"] = Field(default="auto", description="Where to train.")
    precision: Literal["auto", "fp32", "bf16"] = Field(
        default="auto", description="`auto` takes bf16 where the processor has it."
    )


# --- decision and export --------------------------------------------------------------------------


class NoCalibrationConfig(Section):
    """Probabilities are the plain sigmoid of the logits."""

    kind: Literal["none"] = Field(description="No calibration.")


class TemperatureCalibrationConfig(Section):
    """One scale and one offset for all themes."""

    kind: Literal["temperature"] = Field(description="One scale and offset for all themes.")


class PlattCalibrationConfig(Section):
    """A scale and an offset per theme (Platt 1999), drawn to the common ones where positives are few."""

    kind: Literal["platt"] = Field(default="platt", description="A scale and offset per theme.")
    strength: float = Field(default=100, ge=0, description="Positives at which both weigh the same.")


CalibrationConfig = Annotated[
    NoCalibrationConfig | TemperatureCalibrationConfig | PlattCalibrationConfig, Field(discriminator="kind")
]


class FixedThresholdConfig(Section):
    """One threshold for every theme, not tuned."""

    kind: Literal["fixed"] = Field(description="One given threshold.")
    value: float = Field(default=0.5, gt=0, lt=1, description="The threshold.")


class ShrunkThresholdConfig(Section):
    """The best threshold per theme, drawn to the best common one where positives are few."""

    kind: Literal["shrunk"] = Field(default="shrunk", description="Tuned per theme, shrunk to a common one.")
    strength: float = Field(default=100, ge=0, description="Positives at which both weigh the same.")


ThresholdConfig = Annotated[FixedThresholdConfig | ShrunkThresholdConfig, Field(discriminator="kind")]


class OperatingPointConfig(Section):
    """Thresholds moved together so that recall or precision is kept."""

    controls: Literal["recall", "precision"] = Field(description="What is kept.")
    target: float = Field(gt=0, lt=1, description="At least so much of it.")


OperatingPointName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]


class DecisionConfig(Section):
    """How logits become probabilities and probabilities become themes."""

    calibration: CalibrationConfig = Field(default_factory=PlattCalibrationConfig, description="Calibration.")
    thresholds: ThresholdConfig = Field(default_factory=ShrunkThresholdConfig, description="Thresholds.")
    out_of_fold: int = Field(
        default=0,
        ge=0,
        le=20,
        description="0 uses the calibration split; k > 1 trains k times and uses out-of-fold logits"
        " of train and calibration together.",
    )

    sources: Annotated[tuple[Text, ...], Field(strict=False)] = Field(
        default=(),
        description="Sources whose calibration paragraphs set calibration, thresholds and operating points: those"
        " whose mix of themes is that of real news. None named: all.",
    )
    uncertain_share: float = Field(
        default=0.5,
        ge=0,
        lt=1,
        description="Decisions so near to their threshold that this share of all wrong ones is among them are called"
        " uncertain.",
    )
    operating_points: dict[OperatingPointName, OperatingPointConfig] = Field(
        default_factory=lambda: {
            "high_recall": OperatingPointConfig(controls="recall", target=0.9),
            "high_precision": OperatingPointConfig(controls="precision", target=0.9),
        },
        description="Other thresholds that a request may ask for, by name; `balanced` is always there.",
    )
    operating_point: OperatingPointName = Field(
        default="balanced", description="The one that is used where none is asked for."
    )

    @model_validator(mode="after")
    def _not_one_fold(self) -> DecisionConfig:
        if self.out_of_fold == 1:
            raise ValueError("out_of_fold must be 0 (off) or at least 2 folds")
        return self

    @model_validator(mode="after")
    def _points_fit(self) -> DecisionConfig:
        if "balanced" in self.operating_points:
            raise ValueError("operating_points must not name `balanced`: it is the thresholds themselves")
        if self.operating_point not in ("balanced", *self.operating_points):
            names = ", ".join(["balanced", *self.operating_points])
            raise ValueError(f"operating_point must be one of {names}")
        return self


class ExportConfig(Section):
    """What is written for serving."""

    precision: Literal["int8", "fp32"] = Field(default="int8", description="Number format of the served engine.")
    keep_backbone: bool = Field(
        default=False,
        description="Also write the trained weights (safetensors), to go on training from them.",
    )


class ReportConfig(Section):
    """What the report in the model folder shows."""

    hidden_sources: Annotated[tuple[Text, ...], Field(strict=False)] = Field(
        default=(), description="Sources whose texts may not be published: errors on them are shown without text."
    )


class Config(Section):
    """Everything a run depends on."""

    schema_version: SchemaVersion = Field(description="Version of this schema.")
    name: str = Field(
        pattern=r"^[a-z0-9][a-z0-9-]*$",
        max_length=64,
        examples=["security-themes"],
        description="Name of the model, and of its folder.",
    )
    version: str = Field(
        pattern=r"^[0-9]+\.[0-9]+\.[0-9]+$",
        max_length=32,
        examples=["1.2.3"],
        description="Version of the model: three numbers.",
    )
    description: str = Field(default="", description="One sentence for the model card.")
    seed: int = Field(default=13, ge=0, lt=2**32, description="Seed of everything random.")
    themes: Text = Field(description="Theme file, relative to this file.")
    corpus: CorpusConfig = Field(description="Labelled paragraphs.")
    split: SplitConfig = Field(default_factory=SplitConfig, description="Train, calibration and test.")
    normaliser: NormaliserConfig = Field(
        default_factory=PlainNormaliserConfig, description="How text is cleaned before it is tokenised."
    )
    model: ModelConfig = Field(default_factory=TransformerConfig, description="The network.")
    training: TrainingConfig = Field(default_factory=TrainingConfig, description="Fine-tuning.")
    decision: DecisionConfig = Field(default_factory=DecisionConfig, description="Calibration and thresholds.")
    export: ExportConfig = Field(default_factory=ExportConfig, description="The served engine.")
    gates: Gates = Field(default_factory=Gates, description="What the model must reach to ship.")
    report: ReportConfig = Field(default_factory=ReportConfig, description="The report in the model folder.")
    output: Text = Field(default="../models", description="Where the model folder is written, relative to this file.")
    runs: Text = Field(
        default="../runs",
        description="Where checkpoints of unfinished runs are kept, relative to this file.",
    )


# --- theme file -----------------------------------------------------------------------------------


IptcCode = Annotated[str, Field(pattern=r"^medtop:[0-9]{8}$", examples=["medtop:20000638"])]
GdeltCode = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$", examples=["ARMEDCONFLICT"])]
EurovocCode = Annotated[str, Field(pattern=r"^[0-9]+$", examples=["4452"])]


class ThemeNames(Section):
    """The names people see."""

    ar: Text = Field(description="Arabic name.")
    en: Text = Field(description="English name.")


class ThemeCodes(Section):
    """Codes of the nearest concepts in public vocabularies."""

    iptc: Annotated[tuple[IptcCode, ...], Field(strict=False)] = Field(default=(), description="IPTC Media Topics.")
    iptc_related: Annotated[tuple[IptcCode, ...], Field(strict=False)] = Field(
        default=(), description="IPTC Media Topics that are near but not the same."
    )
    gdelt: Annotated[tuple[GdeltCode, ...], Field(strict=False)] = Field(default=(), description="GDELT themes.")
    eurovoc: Annotated[tuple[EurovocCode, ...], Field(strict=False)] = Field(
        default=(), description="EuroVoc concepts."
    )


class ThemeEntry(Section):
    """One theme."""

    id: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$",
        max_length=64,
        examples=["cell_dismantling"],
        description="Stable identifier.",
    )
    name: ThemeNames = Field(description="Names.")
    definition: Text = Field(description="What a paragraph of this theme is about.")
    codes: ThemeCodes = Field(default_factory=ThemeCodes, description="Codes in public vocabularies.")


class ThemeFile(Section):
    """A taxonomy. The order of the themes is part of every model trained with it."""

    schema_version: SchemaVersion = Field(description="Version of this schema.")
    name: Text = Field(description="Name of the taxonomy.")
    themes: Annotated[tuple[ThemeEntry, ...], Field(min_length=1, strict=False)] = Field(description="The themes.")
