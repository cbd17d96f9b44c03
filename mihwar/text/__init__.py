"""Arabic text: normalisation with a map back to the raw text, folding, and warnings."""

from mihwar.text.fold import fold
from mihwar.text.inspect import warnings_for
from mihwar.text.normalise import NormalisedText, NormaliserOptions, normalise

__all__ = ["NormalisedText", "NormaliserOptions", "fold", "normalise", "warnings_for"]
