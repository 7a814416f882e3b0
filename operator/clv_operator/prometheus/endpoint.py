"""Where a Prometheus or Alertmanager listens and how it knows us; one HTTP exchange with it, bounded in every way.

Redirects are refused: `requests` turns a redirected POST into a GET without its body, and the login page at the other
end answers 200.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth

from sloengine.errors import QueryError

T = TypeVar("T")

PIECE_BYTES = 1 << 17
LONGEST_MESSAGE = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """url: base, with path prefix where there is one, without a trailing slash needed.

    headers: sent with each request, such as X-Scope-OrgID; values are treated as secrets. token_file: bearer token,
    read anew for each request because mounted tokens rotate; password_file likewise, with username. ca_file: instead of the system's authorities.
    cert_file, key_file: our certificate, for mutual TLS. server_name: that its certificate shows, where the address
    does not. username, password_file: basic authentication, read anew as the token is. read_timeout_seconds: for a whole answer, not for one read.
    threads: how many requests run at once, and the size of the connection pool.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    token_file: Path | None = None
    username: str = ""
    password_file: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None
    server_name: str = ""
    skip_verify: bool = False
    connect_timeout_seconds: float = 3.0
    read_timeout_seconds: float = 20.0
    max_answer_bytes: int = 256 << 20
    threads: int = 4

    @property
    def base(self) -> str:
        return self.url.rstrip("/")

    @property
    def shown(self) -> str:
        """The address for messages, which end in conditions: without a user's name and password."""
        scheme, separator, rest = self.base.partition("://")
        host, slash, path = rest.partition("/")
        return f"{scheme}{separator}{host.rpartition('@')[2]}{slash}{path}"


class SecretFile(AuthBase):
    """Puts what stands in a file now on a request: a bearer token, or with a username its password."""

    def __init__(self, path: Path, username: str = "") -> None:
        self._path = path
        self._username = username

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        try:
            secret = self._path.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise QueryError(
                f"the secret file {self._path} cannot be read ({error.strerror}): mount it, or unset it",
                kind="refused",
            ) from error
        if self._username:
            HTTPBasicAuth(self._username.encode(), secret.encode())(request)
            return request
        request.headers["Authorization"] = f"Bearer {secret}"
        return request


class _Adapter(HTTPAdapter):
    """Connections that expect another name in the certificate than that of the address."""

    def __init__(self, server_name: str, **options: Any) -> None:
        self._server_name = server_name
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        if self._server_name:
            options |= {"server_hostname": self._server_name, "assert_hostname": self._server_name}
        super().init_poolmanager(*args, **options)


def open_session(endpoint: Endpoint) -> requests.Session:
    """A session of our own: no proxy, .netrc or CA bundle of the environment may change who we talk to."""
    session = requests.Session()
    session.trust_env = False
    # No compression: packing megabytes costs both sides more than sending them within a cluster.
    ours = {"User-Agent": "clv-sre", "Accept": "application/json", "Accept-Encoding": "identity"}
    session.headers.update({**ours, **endpoint.headers})
    if endpoint.token_file is not None:
        session.auth = SecretFile(endpoint.token_file)
    elif endpoint.password_file is not None:
        session.auth = SecretFile(endpoint.password_file, endpoint.username)
    if endpoint.ca_file is not None:
        session.verify = str(endpoint.ca_file)
    if endpoint.skip_verify:
        session.verify = False
    if endpoint.cert_file is not None:
        session.cert = (
            str(endpoint.cert_file) if endpoint.key_file is None else (str(endpoint.cert_file), str(endpoint.key_file))
        )
    # No retries below us: a repeated query would hide how slow the server is, and the next tick asks again anyway.
    adapter = _Adapter(
        endpoint.server_name, pool_connections=1, pool_maxsize=endpoint.threads, max_retries=0, pool_block=True
    )
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    return session


def exchange(
    session: requests.Session,
    endpoint: Endpoint,
    method: str,
    path: str,
    *,
    read: Callable[[Iterable[bytes]], T],
    refusal: Callable[[int, bytes], QueryError],
    data: Mapping[str, str] | None = None,
    params: Mapping[str, str] | None = None,
) -> T:
    """One request. read: turns the body of a 2xx into a value, piece by piece; refusal: any other status and its body.

    Raises QueryError with the kind `refused`, `timeout`, `http` or `malformed`; nothing else gets out.
    """
    deadline = time.monotonic() + endpoint.connect_timeout_seconds + endpoint.read_timeout_seconds
    where = f"{endpoint.shown}{path}"
    try:
        with session.request(
            method,
            f"{endpoint.base}{path}",
            data=data,
            params=params,
            timeout=(endpoint.connect_timeout_seconds, endpoint.read_timeout_seconds),
            allow_redirects=False,
            stream=True,
        ) as response:
            if 300 <= response.status_code < 400:
                raise QueryError(
                    f"{where} redirects (HTTP {response.status_code}): give the address that it redirects to",
                    kind="http",
                    status=response.status_code,
                    retryable=False,
                )
            pieces = _bounded(response, endpoint, where, deadline)
            if not 200 <= response.status_code < 300:
                raise refusal(response.status_code, next(pieces, b""))
            return read(pieces)
    except requests.Timeout as error:
        # An overrun while connecting means that nobody is there; both are the same to whoever waits.
        raise QueryError(f"{where} did not answer in time: {_cause(error)}", kind="timeout") from error
    except (requests.exceptions.InvalidURL, requests.exceptions.InvalidSchema, requests.exceptions.MissingSchema) as e:
        raise QueryError(f"{where} is no address: {e}", kind="refused", retryable=False) from e
    except urllib3.exceptions.ReadTimeoutError as error:
        raise QueryError(f"{where} fell silent in the middle of its answer", kind="timeout") from error
    except urllib3.exceptions.HTTPError as error:
        raise QueryError(f"{where} broke off its answer: {_cause(error)}", kind="malformed") from error
    except requests.ConnectionError as error:
        kind = "timeout" if "timed out" in str(error).lower() else "refused"
        raise QueryError(f"{where} cannot be reached: {_cause(error)}", kind=kind) from error
    except (requests.RequestException, OSError) as error:
        raise QueryError(f"{where} cannot be asked: {_cause(error)}", kind="refused") from error


def _bounded(response: requests.Response, endpoint: Endpoint, where: str, deadline: float) -> Iterator[bytes]:
    """The body; a server that trickles for ever, or sends without end, is cut off."""
    size = 0
    gathered = bytearray()
    while True:
        # read1 and not iter_content, which waits for a whole piece and so would let a trickling server hold us.
        part = response.raw.read1(PIECE_BYTES)
        size += len(part)
        if size > endpoint.max_answer_bytes:
            raise QueryError(
                f"{where} sent more than {endpoint.max_answer_bytes >> 20} MiB", kind="malformed", retryable=False
            )
        if time.monotonic() > deadline:
            raise QueryError(f"{where} did not finish its answer in time", kind="timeout")
        gathered += part
        if gathered and (not part or len(gathered) >= PIECE_BYTES):
            yield bytes(gathered)
            gathered.clear()
        if not part:
            return


def _cause(error: BaseException) -> str:
    """The innermost reason, short: the outer ones repeat the address in three notations."""
    inner: BaseException = error
    while True:
        reason = getattr(inner, "reason", None) or (inner.args[0] if inner.args else None)
        if not isinstance(reason, BaseException):
            break
        inner = reason
    return str(inner).rsplit(">: ", 1)[-1][:LONGEST_MESSAGE]
