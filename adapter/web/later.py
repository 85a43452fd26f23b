"""An application that is made when it is first needed: doors wait for no page to be ready."""

import threading
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class Later:
    """A WSGI application that another one stands behind, once it is made.

    Args:
        make: makes it; called once.
    """

    def __init__(self, make: "Callable[[], WSGIApplication]") -> None:
        self._make = make
        self._app: WSGIApplication | None = None
        self._lock = threading.Lock()

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer; whoever is first waits until there is something that can."""
        return self.made()(environ, start_response)

    def made(self) -> "WSGIApplication":
        """Make it unless it is there already."""
        with self._lock:
            if self._app is None:
                self._app = self._make()
            return self._app
