"""The HTTP interface: an ASGI application that knows nothing of the server it runs in."""

from serving.api.app import create_app

__all__ = ["create_app"]
