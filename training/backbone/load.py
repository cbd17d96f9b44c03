"""Pretrained encoders: the embedded one, a Hub id, a local folder."""

from __future__ import annotations

import logging as stdlib_logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from huggingface_hub import try_to_load_from_cache
from safetensors import SafetensorError
from tokenizers import AddedToken, Tokenizer
from transformers import (
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging

from mihwar.errors import BackboneError, SaveError
from training.backbone.embedded import EQUIVALENT_HUB_ID, embedded_backbone
from training.config import ArabertNormaliserConfig, NormaliserConfig, TransformerConfig

__all__ = ["ARABERT_SPECIAL_TOKENS", "Backbone", "load_backbone", "load_backbone_config"]

ARABERT_SPECIAL_TOKENS = ("[رابط]", "[بريد]", "[مستخدم]")

# These were pretrained on text that Farasa (Java) had segmented; on plain text they are quietly bad.
_NEEDS_FARASA = {
    "aubmindlab/bert-base-arabert": "aubmindlab/bert-base-arabertv02",
    "aubmindlab/bert-base-arabertv1": "aubmindlab/bert-base-arabertv02",
    "aubmindlab/bert-base-arabertv2": "aubmindlab/bert-base-arabertv02",
    "aubmindlab/bert-large-arabertv2": "aubmindlab/bert-large-arabertv02",
}
_LICENCES = {"embedded": "MIT", EQUIVALENT_HUB_ID: "MIT"}


@dataclass(frozen=True)
class Backbone:
    """A pretrained encoder, ready to be fine-tuned.

    Attributes:
        id: What the config called it.
        revision: Commit on the Hub, or None.
        licence: Licence of the weights as far as it is known.
        encoder: The network, float32.
        tokenizer: Its fast tokenizer.
        hidden_size: Width of its token vectors.
    """

    id: str
    revision: str | None
    licence: str
    encoder: PreTrainedModel
    tokenizer: Tokenizer
    hidden_size: int

    def save(self, folder: Path) -> None:
        """Write encoder and tokenizer, so that `backbone: ./FOLDER` goes on from there.

        Args:
            folder: Where to; made if it is not there.

        Raises:
            SaveError: If it cannot be written.
        """
        try:
            self.encoder.save_pretrained(folder)
            wrapped = PreTrainedTokenizerFast(tokenizer_object=self.tokenizer)  # type: ignore[no-untyped-call]
            wrapped.save_pretrained(folder)
        except (OSError, SafetensorError) as error:
            raise SaveError(f"The trained weights could not be written to {folder}: {error}.") from error


def load_backbone(config: TransformerConfig, normaliser: NormaliserConfig, source: str = "") -> Backbone:
    """Load weights and tokenizer.

    Args:
        config: Says which backbone.
        normaliser: AraBERT's makes its special tokens obligatory.
        source: Where a backbone that is a folder lies; by default `config.backbone` itself.

    Raises:
        BackboneError: If the backbone is missing, unsupported, or does not fit the config.
    """
    model_config = load_backbone_config(config, source)
    if config.attention_dropout is not None:
        if not hasattr(model_config, "attention_probs_dropout_prob"):
            raise BackboneError(
                f"{config.backbone} calls the dropout of its attention otherwise: set model.attention_dropout to null."
            )
        model_config.attention_probs_dropout_prob = config.attention_dropout
    source = _source(config, source)
    try:
        with _quiet():
            encoder = AutoModel.from_pretrained(
                source,
                revision=config.revision,
                config=model_config,
                dtype=torch.float32,  # the checkpoint's own type may be half precision
                attn_implementation="eager",  # exports to plain matrix products, which quantise well
            )
            wrapped = AutoTokenizer.from_pretrained(source, revision=config.revision)
    except (OSError, ValueError, KeyError, ImportError, SafetensorError) as error:
        raise _cannot_load(config.backbone, error) from error
    if not isinstance(wrapped, PreTrainedTokenizerFast):
        raise BackboneError(f"{config.backbone} has no fast tokenizer (tokenizer.json), which Mihwar needs.")
    # The pooler of BERT checkpoints would be trained for nothing.
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    tokenizer = wrapped.backend_tokenizer
    if isinstance(normaliser, ArabertNormaliserConfig):
        _add_arabert_tokens(config.backbone, tokenizer)
    return Backbone(
        id=config.backbone,
        revision=_commit(source, config.revision),
        licence=_licence(config.backbone),
        encoder=encoder,
        tokenizer=tokenizer,
        hidden_size=int(encoder.config.hidden_size),
    )


def load_backbone_config(config: TransformerConfig, source: str = "") -> PretrainedConfig:
    """Load the encoder's own config (a few kilobytes) and check that it fits.

    Args:
        config: Says which backbone.
        source: Where a backbone that is a folder lies; by default `config.backbone` itself.

    Raises:
        BackboneError: If it is missing, unsupported, or its positions are fewer than `max_tokens`.
    """
    try:
        model_config: PretrainedConfig = AutoConfig.from_pretrained(_source(config, source), revision=config.revision)
    except (OSError, ValueError, KeyError) as error:
        raise _cannot_load(config.backbone, error) from error
    positions = getattr(model_config, "max_position_embeddings", None)
    # RoBERTa-like models count positions from pad_token_id + 1.
    if positions and "roberta" in model_config.model_type:
        positions -= model_config.pad_token_id + 1
    if positions and config.max_tokens > positions:
        raise BackboneError(
            f"model.max_tokens is {config.max_tokens}, but {config.backbone} has {positions} positions."
            f" Set model.max_tokens to at most {positions}."
        )
    return model_config


def _commit(source: str, revision: str | None) -> str | None:
    """Return the commit that the Hub's cache holds; None for a folder."""
    if Path(source).is_dir():
        return None
    file = try_to_load_from_cache(source, "config.json", revision=revision)
    # .../snapshots/<commit>/config.json
    return Path(file).parent.name if isinstance(file, str) else revision


def _source(config: TransformerConfig, source: str) -> str:
    if config.backbone == "embedded":
        return str(embedded_backbone(config.latin_pieces))
    if better := _NEEDS_FARASA.get(config.backbone):
        raise BackboneError(
            f"{config.backbone} wants text segmented by Farasa (Java and a download), which Mihwar does not run."
            f" Use {better}, which takes plain text: set model.backbone to it."
        )
    if config.backbone.startswith((".", "/", "~")):
        folder = Path(source or config.backbone).expanduser()
        if not (folder / "config.json").is_file():
            raise BackboneError(f"The backbone folder {folder} has no config.json.")
        return str(folder)
    if not re.fullmatch(r"[\w.-]+(/[\w.-]+)?", config.backbone, flags=re.ASCII):
        raise BackboneError(
            f"{config.backbone!r} is not a backbone: write `embedded`, a Hub id (owner/name) or a folder (./path)."
        )
    return config.backbone


def _cannot_load(backbone: str, error: Exception) -> BackboneError:
    return BackboneError(
        f"The backbone {backbone} cannot be loaded: {str(error).strip().splitlines()[0]}"
        " (a Hub id needs a connection to the Hub or its files in the local Hub cache;"
        " `backbone: embedded` needs neither)."
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back the report on weights that the checkpoint has and the encoder does not need."""
    verbosity = logging.get_verbosity()
    logging.set_verbosity(stdlib_logging.ERROR)
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)


def _add_arabert_tokens(backbone: str, tokenizer: Tokenizer) -> None:
    """Make a fast tokenizer keep AraBERT's placeholders whole; only slow ones obey its `never_split`."""
    absent = [token for token in ARABERT_SPECIAL_TOKENS if tokenizer.token_to_id(token) is None]
    if absent:
        raise BackboneError(
            f"The vocabulary of {backbone} lacks {', '.join(absent)}: it was not pretrained with AraBERT's"
            " normaliser. Set `normaliser: {kind: plain}`."
        )
    tokenizer.add_tokens([AddedToken(token, normalized=False) for token in ARABERT_SPECIAL_TOKENS])
    for token in ARABERT_SPECIAL_TOKENS:
        if len(tokenizer.encode(token, add_special_tokens=False).ids) != 1:
            raise BackboneError(f"The tokenizer of {backbone} splits {token}.")


def _licence(backbone: str) -> str:
    if backbone.startswith("aubmindlab/"):
        return "AraBERT's own licence (share-alike); see its model card on the Hub"
    return _LICENCES.get(backbone, "see the backbone's own model card")
