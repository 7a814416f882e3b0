"""What the API server signs and accepts: the key of service accounts, the tokens of the stack's users, kubeconfig files."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from pathlib import Path

import yaml

# Order of the group of P-256 (FIPS 186-4, D.1.2.3).
_P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_P256_NAME = bytes.fromhex("06082a8648ce3d030107")  # the object identifier 1.2.840.10045.3.1.7 in DER


def signing_key() -> str:
    """A new P-256 private key as PEM (RFC 5915), so that no openssl is needed.

    The public half is optional in that format: the API server and the controller manager compute it from the scalar.
    """
    scalar = (secrets.randbelow(_P256_ORDER - 1) + 1).to_bytes(32, "big")
    version = b"\x02\x01\x01"
    key = b"\x04\x20" + scalar
    curve = b"\xa0" + bytes([len(_P256_NAME)]) + _P256_NAME
    content = version + key + curve
    text = base64.b64encode(b"\x30" + bytes([len(content)]) + content).decode()
    lines = "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
    return f"-----BEGIN EC PRIVATE KEY-----\n{lines}\n-----END EC PRIVATE KEY-----\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    name: str
    groups: tuple[str, ...]


ADMIN = "admin"
OPERATOR = "operator"
NOBODY = "nobody"

USERS = {
    ADMIN: User(name="admin", groups=("system:masters",)),
    # The service account of the chart, so that the operator under test has the rights of its RBAC and no others.
    OPERATOR: User(
        name="system:serviceaccount:clv:clv-sre",
        groups=("system:serviceaccounts", "system:serviceaccounts:clv", "system:authenticated"),
    ),
    NOBODY: User(name="nobody", groups=("system:authenticated",)),
}


def new_tokens() -> dict[str, str]:
    return {user: secrets.token_hex(16) for user in USERS}


def token_file(tokens: dict[str, str]) -> str:
    return "".join(
        f'{token},{USERS[user].name},{user},"{",".join(USERS[user].groups)}"\n' for user, token in tokens.items()
    )


def write_kubeconfig(path: Path, *, url: str, ca: Path, token: str, namespace: str = "default") -> None:
    """A self-contained kubeconfig: one context, `clv-devstack`."""
    name = "clv-devstack"
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [
            {
                "name": name,
                "cluster": {
                    "server": url,
                    "certificate-authority-data": base64.b64encode(ca.read_bytes()).decode(),
                },
            }
        ],
        "users": [{"name": name, "user": {"token": token}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name, "namespace": namespace}}],
    }
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(document, sort_keys=False))
