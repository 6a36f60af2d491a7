"""Options out of a TOML file, by their names; what the command line says itself counts more."""

from pathlib import Path
from typing import Any

import typer
from typer import BadParameter

HINT = "'--config'"


def take_config(context: typer.Context, path: Path | None) -> Path | None:
    """Make the values of a file the defaults of the command that is about to be parsed.

    Names are those of the long options, without their dashes in front. What stands under a command's name, [dedup], is
    for that command alone, and for others nothing. Raises BadParameter for a file, a name or a value that cannot be.
    """
    if path is None:
        return None
    import tomllib

    try:
        told = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadParameter(f"{path}: {error.strerror}", param_hint=HINT) from None
    except UnicodeDecodeError:
        raise BadParameter(f"{path}: not UTF-8 text", param_hint=HINT) from None
    except tomllib.TOMLDecodeError as error:
        raise BadParameter(f"{path}: {error}", param_hint=HINT) from None
    assert context.parent
    commands = context.parent.command.commands  # type: ignore[attr-defined]
    own = told.get(context.info_name or "", {})
    shared = {name: value for name, value in told.items() if not (name in commands and isinstance(value, dict))}
    parameters = {
        flag.removeprefix("--"): one for one in context.command.params for flag in one.opts + one.secondary_opts
    }
    defaults: dict[str, Any] = {}
    for name, value in {**shared, **own}.items():
        parameter = parameters.get(name.replace("_", "-"))
        if parameter is None or parameter.param_type_name != "option" or parameter.name in ("config", "help"):
            raise BadParameter(f"{path}: mathkit {context.info_name} has no option --{name}", param_hint=HINT)
        defaults[str(parameter.name)] = _fitting(value, parameter, f"{path}: {name}")
    context.default_map = defaults
    return path


def _fitting(value: Any, parameter: Any, place: str) -> Any:
    """Return a value as the command line would give it."""
    if getattr(parameter, "is_flag", False):
        if not isinstance(value, bool):
            raise BadParameter(f"{place} is true or false", param_hint=HINT)
        return value
    if parameter.multiple:
        return [_text(one, place) for one in (value if isinstance(value, list) else [value])]
    return _text(value, place)


def _text(value: Any, place: str) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value)
    raise BadParameter(f"{place} is no text and no number", param_hint=HINT)
