"""What more samples bring, drawn with matplotlib, which is loaded only for that: accuracy, and distinct derivations."""

import io
import logging
from collections.abc import Callable
from typing import Any

from mathkit.errors import Unavailable
from mathkit.metrics.estimates import Interval

_INCHES = (6.4, 4.4)
_DOTS = 150  # to the inch
_CROWDED = 1.3  # a power of two nearer than this to the largest k has a point, but no label
_LEAST_HEIGHT = 0.3  # of the accuracies shown: what hardly differs should look so
# colour (told apart by the colour-blind too), marker and line (seen where one lies on another), name
_LINES = {
    "pass": ("#0072B2", "o-", "pass@k"),
    "rm": ("#009E73", "^-.", "rm@k"),
    "maj": ("#D55E00", "s--", "maj@k"),
}


def require_matplotlib() -> None:
    """Raise Unavailable where nothing can be drawn."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)  # it tells of its font cache
    try:
        import matplotlib.backends.backend_agg
        import matplotlib.figure
        import matplotlib.ticker  # noqa: F401
    except ImportError:
        raise Unavailable("--plot: matplotlib cannot be imported; pip install matplotlib") from None


def draw_curves(curves: dict[str, dict[int, Interval]], *, grading: str, samples: int) -> bytes:
    """Return the curves, of so many samples in all, as a PNG picture; the same curves give the same bytes."""
    return _picture(lambda axes: _draw_accuracy(axes, curves, grading, samples))


def draw_paths(distinct: dict[int, float], *, problems: int) -> bytes:
    """Return the distinct derivations of a problem by the number of its samples as a PNG picture."""
    return _picture(lambda axes: _draw_paths(axes, distinct, problems))


def _picture(draw: Callable[[Any], None]) -> bytes:
    import matplotlib

    picture = io.BytesIO()
    with matplotlib.rc_context():
        matplotlib.rcdefaults()  # whatever the user's own style
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=_INCHES, dpi=_DOTS, layout="constrained")
        FigureCanvasAgg(figure)
        draw(figure.add_subplot())
        figure.savefig(picture, format="png", metadata={"Software": None})
    return picture.getvalue()


def _draw_paths(axes: Any, distinct: dict[int, float], problems: int) -> None:
    colour, style, _ = _LINES["pass"]
    axes.plot(list(distinct), list(distinct.values()), style, color=colour, markersize=5, linewidth=1.8)
    for k, value in distinct.items():
        axes.annotate(f"{value:.2f}", (k, value), (-4, 6), textcoords="offset points", ha="right", fontsize=9)
    _set_frame(axes, list(distinct))
    axes.margins(x=0.09, y=0.12)
    axes.set_ylim(bottom=0)
    axes.set_xlabel("samples of each problem")
    axes.set_ylabel("distinct right derivations of a problem")
    axes.set_title(f"Derivations by number of samples\n{_counted(problems, 'problem')}", fontsize=11, loc="left")


def _draw_accuracy(axes: Any, curves: dict[str, dict[int, Interval]], grading: str, samples: int) -> None:
    for kind in (kind for kind in _LINES if kind in curves):
        _draw_line(axes, kind, curves[kind])
    points = curves["pass"]
    most, problems = max(points), points[1].n
    _set_axes(axes, sorted(points))
    more = " or more" if samples > most * problems else ""
    many = f"{_counted(problems, 'problem')}, {_counted(most, 'sample')}{more} each"
    axes.set_title(f"Accuracy by number of samples\n{many}", fontsize=11, loc="left", linespacing=1.4)
    first = " and ".join(_LINES[kind][2] for kind in ("maj", "rm") if kind in curves)
    axes.set_xlabel("k samples of each problem" + (f" ({first}: the first k)" if first else ""))
    axes.set_ylabel(f"accuracy ({grading})")
    bands = "with 95 % intervals (dotted)" if most > 1 else "with 95 % interval"
    axes.legend(title=bands, loc="best", frameon=False, fontsize=9, title_fontsize=8)


def _draw_line(axes: Any, kind: str, points: dict[int, Interval]) -> None:
    colour, style, name = _LINES[kind]
    ks, found = list(points), list(points.values())
    label = f"{name} ({found[-1].value:.1%} at {ks[-1]})".replace("%", " %")
    values = [at.value for at in found]
    if len(ks) == 1:
        arms = [[max(0.0, values[0] - found[0].low)], [max(0.0, found[0].high - values[0])]]
        axes.errorbar(ks, values, arms, fmt="o", color=colour, capsize=4, label=label)
        return
    axes.plot(ks, values, style, color=colour, markersize=5, linewidth=1.8, label=label)
    low, high = [at.low for at in found], [at.high for at in found]
    axes.fill_between(ks, low, high, color=colour, alpha=0.1, linewidth=0)
    for edge in (low, high):
        axes.plot(ks, edge, color=colour, alpha=0.6, linewidth=0.8, linestyle=":")


def _set_frame(axes: Any, ks: list[int]) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    axes.xaxis.set_major_locator(FixedLocator([k for k in ks if k == ks[-1] or k * _CROWDED < ks[-1]]))
    axes.xaxis.set_major_formatter(lambda k, position: f"{k:.0f}")
    axes.xaxis.set_minor_locator(NullLocator())
    axes.grid(axis="y", color="#dddddd", linewidth=0.7)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)


def _set_axes(axes: Any, ks: list[int]) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xscale("log", base=2)
    _set_frame(axes, ks)
    axes.yaxis.set_major_locator(MaxNLocator(8, steps=[1, 2, 5, 10]))
    axes.yaxis.set_major_formatter(lambda share, position: f"{100 * share:.4g} %")
    axes.margins(x=0.06, y=0.08)
    low, high = axes.get_ylim()
    wider = max(0.0, _LEAST_HEIGHT - (high - low)) / 2
    axes.set_ylim(max(low - wider, -0.01), min(high + wider, 1.01))


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
