"""Mihwar: which security themes is each paragraph of Arabic news about?"""

__version__ = "0.1.0"
__all__ = ["__version__"]
