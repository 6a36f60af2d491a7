"""The file of a fastText model (.bin, .ftz), read without loading it, and what mathkit adds at its end.

The format is that of FastText::loadModel: magic number and version, arguments, dictionary, the matrix of inputs and
that of outputs. fastText reads no further, so a footer tells the models of mathkit from those of others.
"""

import mmap
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import orjson

from mathkit.errors import Unavailable

_MAGIC = 793712314  # fastText's
_FOOTER = b"mathkit\0"  # after the footer's JSON and its length
_ARGUMENTS = ("dim", "ws", "epoch", "min_count", "neg", "ngrams", "loss", "model", "buckets", "minn", "maxn", "lr_rate")
_LOSSES = {1: "hs", 2: "ns", 3: "softmax", 4: "ova"}
_SUPERVISED = 3
_LABEL = 1  # the kind of a dictionary entry; 0 is a word


@dataclass(frozen=True, slots=True)
class Matrix:
    """Where a dense matrix of float32 stands in the file."""

    offset: int
    rows: int
    columns: int


@dataclass(frozen=True, slots=True)
class ModelFile:
    """What a model file says of itself."""

    path: Path
    loss: str
    ngrams: int  # the longest
    buckets: int
    minn: int  # the shortest part of a word
    maxn: int  # the longest one; 0: none
    words: list[bytes]
    labels: list[str]  # with their prefix
    inputs: Matrix | None  # None where it is quantised
    outputs: Matrix | None
    footer: dict[str, Any] = field(default_factory=dict)  # empty in the models of others


def read_model_file(path: Path) -> ModelFile:
    """Return what a model file holds; raise Unavailable for one that is none or ends too soon."""
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return _read(path, data)
    except (struct.error, IndexError, ValueError):
        raise Unavailable(f"{path}: not a fastText model, or the file ends too soon") from None
    except OSError as error:
        raise Unavailable(f"{path}: {error.strerror}") from None


def _read(path: Path, data: mmap.mmap) -> ModelFile:
    magic, version, *numbers = struct.unpack_from("<ii12i", data, 0)
    if magic != _MAGIC or not 11 <= version <= 12:
        raise Unavailable(f"{path}: not a fastText model")
    arguments = dict(zip(_ARGUMENTS, numbers, strict=True))
    if arguments["model"] != _SUPERVISED:
        raise Unavailable(f"{path}: a fastText model of word vectors, not one that classifies")
    at = 2 * 4 + 12 * 4 + 8
    size, _, _, _, pruned = struct.unpack_from("<iiiqq", data, at)
    words, labels, at = _dictionary(data, at + 28, size)
    at += 8 * max(pruned, 0)
    inputs, at = _matrix(data, at)
    outputs, at = _matrix(data, at)
    if at > len(data):
        raise ValueError("too short")
    return ModelFile(
        path=path,
        loss=_LOSSES.get(arguments["loss"], "unknown"),
        ngrams=arguments["ngrams"],
        buckets=arguments["buckets"],
        minn=arguments["minn"],
        maxn=0 if version == 11 else arguments["maxn"],  # as fastText reads its older models
        words=words,
        labels=labels,
        inputs=inputs,
        outputs=outputs,
        footer=_footer(data),
    )


def _dictionary(data: mmap.mmap, at: int, size: int) -> tuple[list[bytes], list[str], int]:
    """Return the words, the labels, and where the dictionary ends."""
    words, labels = [], []
    for _ in range(size):
        end = data.find(b"\0", at)
        if end < 0:
            raise ValueError("too short")
        if data[end + 9] == _LABEL:
            labels.append(data[at:end].decode("utf-8", "replace"))
        else:
            words.append(data[at:end])
        at = end + 10  # its count, its kind
    return words, labels, at


def _matrix(data: mmap.mmap, at: int) -> tuple[Matrix | None, int]:
    """Return a matrix, None where it is quantised, and where it ends."""
    if data[at]:
        return None, _end_of_quantised(data, at + 1)
    rows, columns = struct.unpack_from("<qq", data, at + 1)
    at += 1 + 16
    return Matrix(at, rows, columns), at + 4 * rows * columns


def _end_of_quantised(data: mmap.mmap, at: int) -> int:
    """Return where a matrix ends whose rows are the codes of centroids, and perhaps of norms."""
    has_norms, rows, _, codes = struct.unpack_from("<?qqi", data, at)
    at = _end_of_centroids(data, at + 21 + codes)
    return _end_of_centroids(data, at + rows) if has_norms else at


def _end_of_centroids(data: mmap.mmap, at: int) -> int:
    dim: int = struct.unpack_from("<i", data, at)[0]
    return at + 4 * 4 + 4 * dim * 256


def write_footer(file: IO[bytes], footer: dict[str, Any]) -> None:
    """Append a footer to a model file that is open for writing at its end."""
    text = orjson.dumps(footer)
    file.write(text + struct.pack("<q", len(text)) + _FOOTER)


def _footer(data: mmap.mmap) -> dict[str, Any]:
    end = len(data) - len(_FOOTER) - 8
    if end < 0 or data[end + 8 :] != _FOOTER:
        return {}
    (length,) = struct.unpack_from("<q", data, end)
    try:
        return dict(orjson.loads(data[max(end - length, 0) : end]))
    except (orjson.JSONDecodeError, TypeError):
        return {}
