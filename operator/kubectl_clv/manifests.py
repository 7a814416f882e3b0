"""`-f`: manifests from files, folders and stdin, each with the place where it was written."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from kubectl_clv.exits import Exit
from kubectl_clv.failure import Failure
from kubectl_clv.kinds import ALL, GROUP

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
STDIN = "-"
_OURS = frozenset(kind.kind for kind in ALL)


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]  # which of the two is known at run time only
    """As the API server reads YAML: times stay text, and `=` is a text and not an error."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":timestamp", ":value"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """One document. origin: its file, or `stdin`. body: as read. node: for the line of a field."""

    origin: str
    body: dict[str, Any]
    node: yaml.Node | None = field(default=None, repr=False)

    @property
    def kind(self) -> str:
        return str(self.body.get("kind") or "")

    @property
    def name(self) -> str:
        return str((self.body.get("metadata") or {}).get("name") or "")

    @property
    def namespace(self) -> str:
        return str((self.body.get("metadata") or {}).get("namespace") or "")

    @property
    def label(self) -> str:
        """`TieredSLO shop/checkout`."""
        named = f"{self.namespace}/{self.name}" if self.namespace else self.name
        return f"{self.kind or 'object without a kind'} {named}".rstrip()

    @property
    def is_ours(self) -> bool:
        """By its group or by its kind: a misspelt one of the two must not make it a stranger."""
        version = str(self.body.get("apiVersion") or "")
        return version.partition("/")[0] == GROUP or self.kind in _OURS

    def line_of(self, path: str) -> int:
        """The line of a field such as `spec.objectives[1].target`, or of its nearest parent that is there; from 1."""
        node = self.node
        if node is None:
            return 0
        line = node.start_mark.line
        for part in path.replace("[", ".[").split("."):
            found = _child(node, part)
            if found is None:
                break
            line, node = found
        return line + 1


def _child(node: yaml.Node, part: str) -> tuple[int, yaml.Node] | None:
    """The line of a member and its value."""
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == part:
                return key.start_mark.line, value
    if isinstance(node, yaml.SequenceNode) and part.startswith("[") and part[1:-1].isdigit():
        place = int(part[1:-1])
        if place < len(node.value):
            return node.value[place].start_mark.line, node.value[place]
    return None


def read(paths: Sequence[str]) -> list[Manifest]:
    """All documents of all paths, in order; a `List` is taken apart. Failure where a path cannot be read."""
    if not paths:
        raise Failure("No manifests were named", fix="use -f FILE, -f FOLDER, or -f - for stdin", code=Exit.USAGE)
    found = [each for path in paths for source in _sources(path) for each in _documents(*source)]
    if not found:
        raise Failure(f"There is no manifest in {', '.join(paths)}", fix="name a file, or a folder with .yaml files")
    return found


def _sources(path: str) -> Iterator[tuple[str, str]]:
    """(origin, text) of a path."""
    if path == STDIN:
        yield "stdin", sys.stdin.read()
        return
    place = Path(path)
    files = sorted(each for each in place.rglob("*") if each.suffix in SUFFIXES) if place.is_dir() else [place]
    for file in files:
        try:
            yield str(file), file.read_text(encoding="utf-8")
        except FileNotFoundError as error:
            raise Failure(f"There is no file {file}", fix="check the path; a folder is read whole") from error
        except UnicodeDecodeError as error:
            raise Failure(f"{file} is not text", why=str(error), fix="save it as UTF-8") from error
        except OSError as error:
            raise Failure(f"{file} cannot be read", why=error.strerror or str(error)) from error


def _documents(origin: str, text: str) -> Iterator[Manifest]:
    try:
        nodes = list(yaml.compose_all(text, Loader=_Loader))
        bodies = list(yaml.load_all(text, Loader=_Loader))  # a safe loader, derived from SafeLoader
    except RecursionError as error:
        raise Failure(f"{origin} is no manifest", why="it is nested too deeply", fix="flatten it") from error
    except (yaml.YAMLError, ValueError) as error:  # ValueError: a number of thousands of digits
        raise Failure(f"{origin} is no YAML", why=" ".join(str(error).split()), fix="mend it at that line") from error
    for node, body in zip(nodes, bodies, strict=True):
        if body is None:
            continue
        if not isinstance(body, dict):
            line = node.start_mark.line + 1
            raise Failure(f"{origin}:{line} is no object", why=f"a {type(body).__name__} stands there")
        if body.get("kind") == "List" and isinstance(body.get("items"), list):
            items = _child(node, "items")
            inner = items[1].value if items is not None and isinstance(items[1], yaml.SequenceNode) else []
            for place, item in enumerate(body["items"]):
                yield Manifest(origin=origin, body=item, node=inner[place] if place < len(inner) else None)
            continue
        yield Manifest(origin=origin, body=body, node=node)
