"""What the recipes ask: prompts as data, in the language of the record, or the user's own."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_HOLE = re.compile(r"\{(\w+)\}")


def fill(template: str, values: Mapping[str, object]) -> str:
    """Return a template with its {names} filled in; what is filled in, and names not given, stay as they are.

    >>> fill(r"{a} and {b} in {}", {"a": "{b}", "b": 2})
    '{b} and 2 in {}'
    """
    return _HOLE.sub(lambda hole: str(values[hole[1]]) if hole[1] in values else hole[0], template)


class Wording:
    """The prompts of a recipe."""

    def __init__(self, recipe: str, own: Mapping[str, str]) -> None:
        self._prompts = _all()[recipe]
        self._own = own  # prompts of the user's, for both languages

    def __call__(self, name: str, lang: str, /, **values: object) -> str:
        """Return a prompt, or a part of one, in a language."""
        return fill(self._own.get(name) or self._prompts[lang][name], values).strip("\n")


@cache
def _all() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads(files("mathkit.recipes").joinpath("prompts.toml").read_text(encoding="utf-8"))
