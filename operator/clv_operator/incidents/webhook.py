"""Alertmanager's webhook body, read as it streams in: alerts come out one by one, nothing else is kept.

The version is read after the alerts (keys come in the order receiver, status, alerts, …, version, groupKey), so the
whole is read first, then judged.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Generator
from typing import Any

import ijson

from sloengine.errors import ClvError

MAX_DEPTH = 32
POOLED_LENGTH = 64
POOLED_TEXTS = 20_000
VERSION = "4"
_WANTED = frozenset({"version", "groupKey", "truncatedAlerts"})


class UnreadableMessage(ClvError):
    """A body of which nothing is taken. reason: `json` or `shape`, for the counter; the text names the field."""

    def __init__(self, message: str, *, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class WebhookReader:
    """on_alert: called with each member of `alerts`, as parsed, in order."""

    def __init__(self, on_alert: Callable[[object], None]) -> None:
        self._on_alert = on_alert
        self._members: dict[str, object] = {}
        self._seen: set[str] = set()
        self._pool: dict[str, str] = {}
        self._sink = self._events()
        next(self._sink)
        self._parser = ijson.basic_parse_coro(self._sink)
        self.is_cut = False

    def feed(self, chunk: bytes) -> None:
        """Raises UnreadableMessage for what is no JSON, or none that we read."""
        try:
            self._parser.send(chunk)
        except UnreadableMessage:
            raise
        except StopIteration:
            return  # how the parser answers the empty chunk that ends a whole document
        except (ijson.JSONError, UnicodeDecodeError, ValueError) as error:
            raise UnreadableMessage(f"the body is no JSON: {_first_line(error)}", reason="json") from error

    def cut(self) -> None:
        """The rest will not come: what was parsed counts, and the version is taken as the one we read."""
        self.is_cut = True

    def finish(self) -> None:
        """The end of the body. Raises UnreadableMessage when it broke off, or is of another version."""
        if self.is_cut:
            return
        self.feed(b"")
        if "alerts" not in self._seen:
            raise UnreadableMessage("alerts: the field is missing; this is no webhook of Alertmanager", reason="shape")
        if self._members.get("version") != VERSION:
            raise UnreadableMessage(
                'version: only "4" is understood; post with Alertmanager\'s webhook_configs, no own payload',
                reason="shape",
            )
        if not isinstance(self._members.get("groupKey"), str):
            raise UnreadableMessage("groupKey: it is no string; this is not version 4", reason="shape")

    @property
    def group(self) -> str:
        """Hash of the group key; the key itself may be of any length and changes when routes are edited."""
        key = self._members.get("groupKey")
        text = key if isinstance(key, str) else ""
        return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]

    @property
    def dropped(self) -> int:
        """How many alerts the sender says it cut."""
        count = self._members.get("truncatedAlerts")
        return count if isinstance(count, int) and not isinstance(count, bool) and count > 0 else 0

    def _events(self) -> Generator[None, tuple[str, Any], None]:
        depth = 0
        member = ""
        stack: list[Any] = []
        name = ""
        pool = self._pool
        while True:
            event, value = yield
            if event in {"start_map", "start_array"}:
                depth += 1
                if depth > MAX_DEPTH:
                    raise UnreadableMessage(f"the body nests deeper than {MAX_DEPTH}", reason="json")
                if depth == 1 and event != "start_map":
                    raise UnreadableMessage("the body is no object", reason="shape")
                if depth == 2 and member == "alerts" and event != "start_array":
                    raise UnreadableMessage("alerts: it is no list", reason="shape")
                if depth > 2 and member == "alerts":
                    made: Any = {} if event == "start_map" else []
                    if stack:
                        _put(stack[-1], name, made)
                    stack.append(made)
                continue
            if event == "map_key":
                if depth == 1:
                    if value in self._seen:
                        raise UnreadableMessage(f"{value[:64]}: the field comes twice", reason="json")
                    self._seen.add(value)
                    member = value
                else:
                    name = pool.setdefault(value, value) if len(pool) < POOLED_TEXTS else value
                continue
            if event in {"end_map", "end_array"}:
                depth -= 1
                if stack and member == "alerts" and depth >= 2:
                    done = stack.pop()
                    if not stack:
                        self._on_alert(done)
                continue
            if depth == 0:
                raise UnreadableMessage("the body is no object", reason="shape")
            if depth == 1:
                if member == "alerts" and value is not None:
                    raise UnreadableMessage("alerts: it is no list", reason="shape")
                if member in _WANTED:
                    self._members[member] = value
                continue
            if member != "alerts":
                continue
            if isinstance(value, str) and len(value) <= POOLED_LENGTH and len(pool) < POOLED_TEXTS:
                value = pool.setdefault(value, value)
            if stack:
                _put(stack[-1], name, value)
            elif depth == 2:
                self._on_alert(value)


def _put(holder: Any, name: str, value: Any) -> None:
    if isinstance(holder, dict):
        holder[name] = value
    else:
        holder.append(value)


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
