"""What Prometheus says, read as it arrives: columns of label values and an array of numbers, no object per sample.

An answer about a thousand SLOs is some megabytes of JSON. `json.loads` on all of it would hold the interpreter for
a fifth of a second, and with it the webhook intake; so the body is cut between samples and parsed in pieces.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clv_operator.prometheus.endpoint import LONGEST_MESSAGE
from sloengine.errors import QueryError

# How each sample of a compactly encoded answer begins. Inside a JSON string the quotes would be escaped, so this
# cannot be part of a label's value.
_SAMPLE = b'{"metric":'
_BEFORE = b'"result":['
_DECODER = json.JSONDecoder()


class Samples:
    """An instant vector. names: of the labels kept; a label that a series lacks reads "".

    Iterates as (label values in the order of `names`, value); NaN and the infinities stay as they came, and a series
    that is absent is absent.
    """

    __slots__ = ("_known", "names", "rows", "values")

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.rows: list[tuple[str, ...]] = []
        self.values = array("d")
        self._known: dict[str, str] = {}

    def add(self, labels: Mapping[str, str], value: float) -> None:
        known = self._known
        self.rows.append(tuple([known.setdefault(text, text) for text in [labels.get(key, "") for key in self.names]]))
        self.values.append(value)

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[tuple[tuple[str, ...], float]]:
        return zip(self.rows, self.values, strict=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryResult:
    """warnings: the answer may be partial, Prometheus says why. elapsed_seconds: until the last byte was read."""

    samples: Samples
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()
    elapsed_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One line of a range query. points: (Unix seconds, value), ascending."""

    labels: Mapping[str, str]
    points: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RangeResult:
    series: tuple[Series, ...]
    warnings: tuple[str, ...] = ()
    infos: tuple[str, ...] = ()


@dataclass(slots=True)
class _Pieces:
    """What is left of the body once its samples are taken out: `{"status":…,"data":{…,"result":[]}}`."""

    head: bytearray = field(default_factory=bytearray)
    rest: bytearray = field(default_factory=bytearray)
    begun: bool = False


def read_vector(pieces: Iterable[bytes], keys: Sequence[str]) -> QueryResult:
    """The vector in the body of a 200; raises QueryError for what is no such thing."""
    samples = Samples(keys)
    state = _Pieces()
    for piece in pieces:
        state.rest += piece
        if not state.begun:
            start = state.rest.find(_SAMPLE)
            # A server that writes its JSON with spaces is read as a whole: correct, only not in pieces.
            if start < 0 or not state.rest.endswith(_BEFORE, 0, start):
                continue
            state.head += state.rest[:start]
            del state.rest[:start]
            state.begun = True
        cut = state.rest.rfind(b"," + _SAMPLE)
        if cut > 0:
            _take(_parsed(b"[" + state.rest[:cut] + b"]"), samples)
            del state.rest[: cut + 1]
    if state.begun:
        # The last sample, then the end of the document.
        text = state.rest.decode("utf-8", errors="strict") if _is_text(state.rest) else ""
        try:
            last, end = _DECODER.raw_decode(text)
        except ValueError as error:
            raise _broken(bytes(state.rest), error) from error
        _take([last], samples)
        document = _parsed(bytes(state.head) + text[end:].encode())
    else:
        document = _parsed(bytes(state.rest))
    data = _data_of(document)
    if data.get("resultType") == "scalar":
        samples.add({}, _number(data.get("result")))
    elif data.get("resultType") != "vector":
        raise QueryError(f"asked for a vector, got {data.get('resultType')!r}", kind="malformed", retryable=False)
    else:
        _take(data.get("result") or [], samples)
    return QueryResult(samples=samples, warnings=_texts(document, "warnings"), infos=_texts(document, "infos"))


def read_matrix(pieces: Iterable[bytes]) -> RangeResult:
    """The range vector in the body of a 200."""
    document = _parsed(b"".join(pieces))
    data = _data_of(document)
    if data.get("resultType") != "matrix":
        raise QueryError(f"asked for a matrix, got {data.get('resultType')!r}", kind="malformed", retryable=False)
    try:
        series = tuple(
            Series(
                labels=dict(line["metric"]),
                points=tuple((float(moment), float(value)) for moment, value in line["values"]),
            )
            for line in data["result"]
        )
    except (KeyError, TypeError, ValueError) as error:
        raise QueryError(f"a series of the answer cannot be read: {error!r}", kind="malformed") from error
    return RangeResult(series=series, warnings=_texts(document, "warnings"), infos=_texts(document, "infos"))


def read_data(pieces: Iterable[bytes]) -> Any:
    """The member `data` of any answer of the API, whatever its shape."""
    return _succeeded(_parsed(b"".join(pieces))).get("data")


def refusal(status: int, body: bytes) -> QueryError:
    """What to make of an answer that is not 2xx; the server's own text where it gives one."""
    kind, text = "http", ""
    try:
        document = json.loads(body)
    except ValueError:
        document = None
    if isinstance(document, dict) and isinstance(document.get("error"), str):
        kind = "timeout" if document.get("errorType") == "timeout" else "http"
        text = document["error"]
    elif body.lstrip()[:1] == b"<":
        text = "it answered with a web page: is this the address of Prometheus itself, and not of a proxy?"
    else:
        text = body.decode("utf-8", errors="replace").strip()
    if status in (401, 403):
        text = f"{text or 'not allowed'} (check the token and its rights)"
    message = f"HTTP {status}: {text or 'without a reason'}"[:LONGEST_MESSAGE]
    return QueryError(message, kind=kind, status=status, retryable=status >= 500 or status in (401, 403, 408, 429))


def _take(lines: Iterable[Any], samples: Samples) -> None:
    add = samples.add
    try:
        for line in lines:
            add(line["metric"], float(line["value"][1]))
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise QueryError(f"a sample of the answer cannot be read: {error!r}", kind="malformed") from error


def _data_of(document: Any) -> dict[str, Any]:
    data = _succeeded(document).get("data")
    if not isinstance(data, dict):
        raise QueryError("the answer has no data", kind="malformed")
    return data


def _succeeded(document: Any) -> dict[str, Any]:
    if not isinstance(document, dict):
        raise QueryError("the answer is JSON, but not Prometheus' own", kind="malformed")
    if document.get("status") != "success":
        text = str(document.get("error") or "it says neither success nor error")
        raise QueryError(text[:LONGEST_MESSAGE], kind="http", status=200)
    return document


def _texts(document: dict[str, Any], member: str) -> tuple[str, ...]:
    found = document.get(member)
    return tuple(str(text)[:LONGEST_MESSAGE] for text in found) if isinstance(found, list) else ()


def _number(pair: Any) -> float:
    try:
        return float(pair[1])
    except (KeyError, TypeError, ValueError, IndexError) as error:
        raise QueryError("the scalar of the answer cannot be read", kind="malformed") from error


def _is_text(body: bytearray) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:
        raise _broken(body, error) from error


def _broken(body: bytes, error: Exception) -> QueryError:
    if body.lstrip()[:1] == b"<":
        return QueryError(
            "it answered with a web page and HTTP 200: is this the address of Prometheus itself, and not of a proxy?",
            kind="malformed",
        )
    return QueryError(f"the answer is no JSON, or breaks off: {str(error)[:LONGEST_MESSAGE]}", kind="malformed")
