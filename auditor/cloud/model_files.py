"""botocore's model files, read without what no collector has declared.

A model describes hundreds of operations; a plan declares a few of each. Left whole, the models are most of a scan's
memory. To decode them whole first takes a process a second, and as much memory once more: only what is kept is decoded.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

_MODEL = "service-2"
_ENTRY = re.compile(rb'\n {2}( {2})?"([^"\\\n]+)" ?: ?')
"""The name of a section of a model, or, further in, of an operation or a shape, in a file laid out as botocore's are.

A line cannot begin within a text: JSON has no line breaks there.
"""
_LAZY = frozenset({b"operations", b"shapes"})
_DECODER = json.JSONDecoder()


def model_files(kept: Mapping[str, set[str]]) -> Any:
    """A `botocore.loaders.JSONFileLoader` that keeps these operations of each service, and the shapes that they use."""
    from botocore.loaders import JSONFileLoader  # boto3 is slow to import

    shapes: dict[str, set[str]] = {}

    class Declared(JSONFileLoader):  # type: ignore[misc]  # botocore has no types
        """Drops the rest of a model before anything is built of it."""

        def load_file(self, file_path: str) -> Any:
            """The decoded file, pruned where it is a service's model or adds to one that was read before."""
            raw = _read(file_path)
            if raw is None:
                return None
            path = Path(file_path)
            if path.name == _MODEL:
                loaded = declared(raw, kept.get(path.parent.parent.name, set()))
                shapes[str(path.parent)] = set(loaded["shapes"])
                return loaded
            loaded = json.loads(raw)
            if path.name.startswith(_MODEL) and "shapes" in loaded.get("merge", ()):
                return additions(loaded, shapes.get(str(path.parent), set()))
            return loaded

    return Declared()


def _read(file_path: str) -> bytes | None:
    """A file whose ending is left open, as botocore does."""
    plain, packed = Path(f"{file_path}.json"), Path(f"{file_path}.json.gz")
    if plain.is_file():
        return plain.read_bytes()
    return gzip.decompress(packed.read_bytes()) if packed.is_file() else None


def declared(raw: bytes, operations: set[str]) -> dict[str, Any]:
    """A model of this text, pruned; it is decoded whole where it is laid out in another way than botocore's are."""
    with suppress(KeyError, ValueError):
        model = _laid_out(raw)
        if operations <= model["operations"].keys():
            return pruned(model, operations)
    return pruned(json.loads(raw), operations)


class _Entries(Mapping[str, Any]):
    """The entries of a section, each decoded when it is asked for."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.starts: dict[str, int] = {}

    def __getitem__(self, name: str) -> Any:
        start = self.starts[name]
        after = _ENTRY.search(self._raw, start)
        return _value(self._raw, start, after.start() if after else None)

    def __iter__(self) -> Iterator[str]:
        return iter(self.starts)

    def __len__(self) -> int:
        return len(self.starts)


def _laid_out(raw: bytes) -> dict[str, Any]:
    """The sections of a model, its operations and shapes not decoded yet; empty where none can be seen."""
    tops: list[tuple[re.Match[bytes], _Entries]] = []
    for name in _ENTRY.finditer(raw):
        if name[1] is None:
            tops.append((name, _Entries(raw)))
        elif tops:
            tops[-1][1].starts[name[2].decode()] = name.end()
    ends = [*(name.start() for name, _ in tops[1:]), None]
    return {
        name[2].decode(): entries if name[2] in _LAZY else _value(raw, name.end(), end)
        for (name, entries), end in zip(tops, ends, strict=False)
    }


def _value(raw: bytes, start: int, end: int | None) -> Any:
    """The JSON value that stands there, whatever follows it."""
    return _DECODER.raw_decode(raw[start:end].decode())[0]


def pruned(model: Mapping[str, Any], operations: set[str]) -> dict[str, Any]:
    """A model with these operations only, the shapes that they reach, and no documentation."""
    kept = {name: _bare(model["operations"][name]) for name in model["operations"] if name in operations}
    shapes: dict[str, Any] = {}
    wanted = [name for one in kept.values() for name in _named_shapes(one)]
    while wanted:
        name = wanted.pop()
        if name not in shapes:
            shapes[name] = _bare(model["shapes"][name])
            wanted.extend(_named_shapes(shapes[name]))
    return {**model, "operations": kept, "shapes": shapes}


def additions(extras: Mapping[str, Any], shapes: set[str]) -> dict[str, Any]:
    """What botocore adds to a model, for these shapes only: half a shape would break the reading of every error."""
    merge = extras["merge"]
    return {**extras, "merge": {**merge, "shapes": {n: s for n, s in merge["shapes"].items() if n in shapes}}}


def _bare(value: Any) -> Any:
    if isinstance(value, dict):
        return {k: _bare(v) for k, v in value.items() if not (k == "documentation" and isinstance(v, str))}
    return [_bare(item) for item in value] if isinstance(value, list) else value


def _named_shapes(value: Any) -> Iterable[str]:
    """The shapes that an operation or a shape refers to."""
    if isinstance(value, dict):
        if isinstance(value.get("shape"), str):
            yield value["shape"]
        for inner in value.values():
            yield from _named_shapes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named_shapes(inner)
