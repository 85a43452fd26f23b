"""One HTTP request: judged address, time-outs, no redirect, a small answer, and what came of it."""

import socket
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Retry
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError, TimeoutError as Urllib3Timeout

from adapter.jsonvalue import storable
from adapter.model.reasons import Reason
from adapter.outbound.addresses import Addresses, AddressNotAllowed
from adapter.outbound.deadlines import Deadlines, Watch

LONGEST_ANSWER = 1_048_576
"""Bytes of an answer that are read; a longer one costs its connection."""

_EXCERPT = 500
_CONNECT_SECONDS = 5.0
_NO_RETRY = Retry(total=0, read=False, redirect=False)
"""The outbox retries; a hidden retry would falsify its attempts."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the other end said.

    Attributes:
        text: the beginning of its body.
        body: all of it that was read.
    """

    status: int
    headers: Mapping[str, str]
    text: str
    body: bytes


class NoAnswer(Exception):
    """The request got no answer.

    Attributes:
        reason: why.
        text: what went wrong, without secrets: those stand in headers alone.
    """

    def __init__(self, reason: Reason, text: str) -> None:
        super().__init__(text)
        self.reason = reason
        self.text = storable(text)[:_EXCERPT]


class HttpClient:
    """Posts bodies to one endpoint, keeping its connections alive.

    Args:
        addresses: where requests may go.
        deadlines: ends what takes too long.
        connections: most that are kept.
        seconds: a request may take in all.
    """

    def __init__(
        self, addresses: Addresses, deadlines: Deadlines, *, connections: int, seconds: float
    ) -> None:
        self._addresses = addresses
        self._deadlines = deadlines
        self._seconds = seconds
        self._session = requests.Session()
        # Neither proxies nor passwords of the machine's user, nor what an answer asks to keep.
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        adapter = _Adapter(pool_maxsize=connections, max_retries=_NO_RETRY)
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, adapter)

    def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answer:
        """Post a body and give the answer, whatever its status.

        Raises:
            NoAnswer: there was none.
        """
        request = requests.Request("POST", url, headers=dict(headers), data=body).prepare()
        with self._deadlines.watch(self._seconds) as watch:
            _under_way.addresses, _under_way.watch = self._addresses, watch
            try:
                answer = self._exchange(request)
            except AddressNotAllowed as error:
                raise NoAnswer(Reason.ADDRESS_NOT_ALLOWED, str(error)) from error
            except (requests.RequestException, HTTPError, OSError) as error:
                raise NoAnswer(_reason_of(error, watch), _innermost(error)) from error
        if watch.over:
            # Headers that end where we hung up pass for whole ones.
            raise NoAnswer(Reason.TIMED_OUT, "the answer came too slowly")
        return answer

    def _exchange(self, request: requests.PreparedRequest) -> Answer:
        timeout = (min(_CONNECT_SECONDS, self._seconds), self._seconds)
        response = self._session.send(request, stream=True, allow_redirects=False, timeout=timeout)
        with response:
            # As it came: what unpacks to gigabytes stays packed.
            body: bytes = response.raw.read(LONGEST_ANSWER, decode_content=False)
        text = storable(body[: 4 * _EXCERPT].decode("utf-8", "replace"))[:_EXCERPT]
        return Answer(response.status_code, response.headers, text, body)


class _UnderWay(threading.local):
    """The request that this thread is sending: what its connection has to know of it."""

    addresses: Addresses
    watch: Watch


_under_way = _UnderWay()


class _Connection(HTTPConnection):
    """Connects to an address that was judged, and lets its request be watched."""

    def _new_conn(self) -> socket.socket:
        name, port = self._dns_host, self.port or self.default_port
        addresses = _under_way.addresses.resolve(name, port)
        try:
            for address in addresses[:-1]:
                with suppress(NewConnectionError):
                    return self._connected(address)
            return self._connected(addresses[-1])
        finally:
            # The name is what the certificate and the Host header go by.
            self._dns_host = name

    def request(self, *args: Any, **kwargs: Any) -> None:
        _under_way.watch.uses(self.sock)
        super().request(*args, **kwargs)

    def _connected(self, address: str) -> socket.socket:
        self._dns_host = address
        made = super()._new_conn()
        _under_way.watch.uses(made)
        return made


class _TlsConnection(_Connection, HTTPSConnection):
    """The same over TLS: the certificate must be the name's, wherever it led."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """Makes requests use the connections above."""

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}


def _reason_of(error: Exception, watch: Watch) -> Reason:
    timeouts = (requests.Timeout, Urllib3Timeout, TimeoutError)
    if watch.over or isinstance(error, timeouts):
        return Reason.TIMED_OUT
    return Reason.NOT_CONNECTED


def _innermost(error: BaseException) -> str:
    """Give what was first wrong; the libraries wrap it several times over."""
    inner = error
    while inner.__cause__ or inner.__context__:
        inner = inner.__cause__ or inner.__context__ or inner
    return str(inner) or type(inner).__name__
