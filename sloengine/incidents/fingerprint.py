"""The fingerprint of a label set, as Prometheus and Alertmanager compute it."""

from __future__ import annotations

from collections.abc import Mapping

_OFFSET = 0xCBF29CE484222325
_PRIME = 0x100000001B3
_MASK = 0xFFFFFFFFFFFFFFFF


def fingerprint(labels: Mapping[str, str]) -> str:
    """16 hex digits of FNV-1a 64 over `name 0xff value 0xff`, names in byte order; the empty set has one too.

    The one that a webhook carries is never believed: it is recomputed from the labels. Not collision-proof.
    Raises UnicodeEncodeError for lone surrogates: text is cleaned before it gets here.
    Prometheus common, `model.LabelsToSignature`.
    """
    digest = _OFFSET
    for name in sorted(labels):
        for byte in name.encode() + b"\xff" + labels[name].encode() + b"\xff":
            digest = ((digest ^ byte) * _PRIME) & _MASK
    return f"{digest:016x}"
