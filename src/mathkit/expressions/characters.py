"""Unicode characters as LaTeX."""

_VULGAR = {"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5),
           "⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8)}  # fmt: skip
_GREEK_LETTERS = "αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ"
_GREEK_NAMES = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi "
    "omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega"
)
GREEK = tuple(_GREEK_NAMES.split())
_SIGNS = {
    "　": " ", "\xa0": " ", "。": ".", "、": ",", "−": "-", "–": "-", "—": "-", "×": r"\times ", "÷": r"\div ",
    "·": r"\cdot ", "⋅": r"\cdot ", "∙": r"\cdot ", "∗": "*", "°": r"^\circ ", "º": r"^\circ ", "˚": r"^\circ ",
    "℃": r"^\circ C", "℉": r"^\circ F", "′": "'", "″": "''", "’": "'", "√": r"\sqrt ", "∛": r"\sqrt[3]",
    "∞": r"\infty ", "≤": r"\le ", "≦": r"\le ", "⩽": r"\le ", "≥": r"\ge ", "≧": r"\ge ", "⩾": r"\ge ",
    "≠": r"\ne ", "≈": r"\approx ", "≃": r"\approx ", "±": r"\pm ", "∓": r"\mp ", "∪": r"\cup ", "∩": r"\cap ",
    "∈": r"\in ", "∅": r"\emptyset ", "ø": r"\emptyset ", "∖": r"\setminus ", "ℝ": r"\mathbb{R}", "⟨": r"\langle ",
    "⟩": r"\rangle ", "〈": r"\langle ", "〉": r"\rangle ", "∠": r"\angle ", "△": r"\triangle ", "…": r"\ldots ",
    "⌊": r"\lfloor ", "⌋": r"\rfloor ", "⌈": r"\lceil ", "⌉": r"\rceil ", "∣": "|", "∶": ":", "⁄": "/",
    "‰": r"\permil ", "￥": "¥", "【": "[", "】": "]", "“": "", "”": "", "《": "", "》": "", "\u200b": "", "\ufeff": "",
    "㎝": "cm", "㎡": "m^2", "㎏": "kg", "㎞": "km",
}  # fmt: skip
_SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾ⁿ", "0123456789+-()n", strict=True))
_SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋₍₎ₙ", "0123456789+-()n", strict=True))
LATEX = str.maketrans(
    {chr(code): chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    | {sign: rf"\frac{{{top}}}{{{bottom}}}" for sign, (top, bottom) in _VULGAR.items()}
    | {letter: f"\\{name} " for letter, name in zip(_GREEK_LETTERS, GREEK, strict=True)}
    | {chr(0x2460 + n): rf"\circled{{{n + 1}}}" for n in range(20)}
    | {sign: f"^{{{plain}}}" for sign, plain in _SUPERSCRIPTS.items()}
    | {sign: f"_{{{plain}}}" for sign, plain in _SUBSCRIPTS.items()}
    | _SIGNS
)  # a raised or lowered sequence of characters becomes one group each: ^{1}^{0}
