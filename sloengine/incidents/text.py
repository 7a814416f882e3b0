"""Text from outside: made storable, and cut to size on a character boundary."""

from __future__ import annotations

import re

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
REPLACEMENT = "\ufffd"
ELLIPSIS = "…"


def clean(text: str) -> str:
    """`text` without NUL and lone surrogates: Python cannot encode the one, and the other breaks consumers."""
    return _UNSTORABLE.sub(REPLACEMENT, text) if _UNSTORABLE.search(text) else text


def clip(text: str, max_bytes: int) -> str:
    """At most `max_bytes` of UTF-8, whole characters, with an ellipsis where something was cut.

    Control characters become spaces: JSON writes each with six, and a terminal might obey them.
    """
    text = text[: max_bytes + 1]  # a character is a byte at least: more of it can never be kept
    if _CONTROL.search(text):
        text = _CONTROL.sub(" ", text)
    raw = text.encode()
    if len(raw) <= max_bytes:
        return text
    keep = max_bytes - len(ELLIPSIS.encode())
    return raw[: max(0, keep)].decode(errors="ignore") + (ELLIPSIS if keep >= 0 else "")
