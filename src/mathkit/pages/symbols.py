"""Mathematical characters -> LaTeX."""

import unicodedata

_SYMBOLS = r"""
− -  ∗ *  ⋅ \cdot  · \cdot  × \times  ÷ \div  ± \pm  ∓ \mp  ∘ \circ  ∙ \bullet  • \bullet  ⊕ \oplus  ⊖ \ominus
⊗ \otimes  ⊙ \odot  ⊘ \oslash  † \dagger  ‡ \ddagger  ⋆ \star  ∖ \setminus  ≀ \wr  ⨿ \amalg  ⊎ \uplus  ⊓ \sqcap
⊔ \sqcup  ⋊ \rtimes  ⋉ \ltimes  ∧ \wedge  ∨ \vee  ¬ \neg  ∀ \forall  ∃ \exists  ∄ \nexists  ∴ \therefore
∵ \because  ⊢ \vdash  ⊨ \models  ⊤ \top  ⊥ \perp  ≤ \le  ≥ \ge  ≦ \leqq  ≧ \geqq
⩽ \leqslant  ⩾ \geqslant  ≠ \ne  ≡ \equiv
≢ \not\equiv  ≈ \approx  ≅ \cong  ≃ \simeq  ∼ \sim  ≁ \nsim  ∝ \propto  ≪ \ll  ≫ \gg  ≺ \prec  ≻ \succ
≼ \preceq  ≽ \succeq  ⪯ \preceq  ⪰ \succeq  ≐ \doteq  ≜ \triangleq  ≔ :=  ≕ =:  ∣ \mid  ∤ \nmid  ∥ \parallel
∦ \nparallel  ‖ \|  ∈ \in  ∉ \notin  ∋ \ni  ⊂ \subset  ⊃ \supset  ⊆ \subseteq  ⊇ \supseteq  ⊊ \subsetneq
⊋ \supsetneq  ⊄ \not\subset  ⊈ \nsubseteq  ⊏ \sqsubset  ⊑ \sqsubseteq  ∩ \cap  ∪ \cup  ∅ \emptyset  ∞ \infty
∂ \partial  ∇ \nabla  △ \triangle  ∆ \Delta  □ \square  ◻ \square  ◊ \diamond  ⋄ \diamond  ∎ \blacksquare
■ \blacksquare  ∠ \angle  ∡ \measuredangle  ° ^{\circ}  ′ '  ″ ''  ‴ '''  … \ldots  ⋯ \cdots  ⋮ \vdots
⋱ \ddots  ∑ \sum  ∏ \prod  ∐ \coprod  ∫ \int  ∬ \iint  ∭ \iiint  ∮ \oint  ⋃ \bigcup  ⋂ \bigcap  ⋁ \bigvee
⋀ \bigwedge  ⨁ \bigoplus  ⨂ \bigotimes  ⨀ \bigodot  ⨄ \biguplus  ⨆ \bigsqcup  √ \surd  → \to  ← \leftarrow
↔ \leftrightarrow  ⇒ \Rightarrow  ⇐ \Leftarrow  ⇔ \Leftrightarrow  ⟶ \longrightarrow  ⟵ \longleftarrow
⟹ \Longrightarrow  ⟸ \Longleftarrow  ⟺ \Longleftrightarrow  ⟷ \longleftrightarrow  ↦ \mapsto  ⟼ \longmapsto
↪ \hookrightarrow  ↩ \hookleftarrow  ↠ \twoheadrightarrow  ↣ \rightarrowtail  ↑ \uparrow  ↓ \downarrow
↗ \nearrow  ↘ \searrow  ⇀ \rightharpoonup  ⇌ \rightleftharpoons  ⇄ \rightleftarrows  ↾ \upharpoonright
⟨ \langle  ⟩ \rangle  〈 \langle  〉 \rangle  ⌊ \lfloor  ⌋ \rfloor  ⌈ \lceil  ⌉ \rceil  ⟦ \llbracket  ⟧ \rrbracket
ℏ \hbar  ℓ \ell  ℘ \wp  ℜ \Re  ℑ \Im  ℵ \aleph  ℶ \beth  ı \imath  ȷ \jmath  ϵ \epsilon  ε \varepsilon
φ \varphi  ϕ \phi  ϑ \vartheta  ϖ \varpi  ϱ \varrho  ς \varsigma  ϰ \varkappa  ð \eth  § \S  ¶ \P  ⋈ \bowtie
◃ \triangleleft  ▹ \triangleright  ⊲ \triangleleft  ⊳ \triangleright  ⊴ \trianglelefteq  ⊵ \trianglerighteq
♯ \sharp  ♭ \flat  ♮ \natural  ♠ \spadesuit  ♡ \heartsuit  ♢ \diamondsuit  ♣ \clubsuit  ⊸ \multimap
"""
_ESCAPED = {
    "\\": r"\backslash",
    "~": r"\sim",
    "^": r"\wedge",
    **{character: f"\\{character}" for character in "#$%&_{}"},
}
_NOTHING = "\u00ad\u200b\u200c\u200d\u2060\u2061\u2062\u2063\u2064\ufeff"  # invisible times and the like
_SPACES = {"\u2003": r"\quad ", "\u2009": r"\,", "\u200a": r"\,", "\u2006": r"\,", "\u205f": r"\:", "\u2005": r"\;"}
TABLE: dict[str, str] = {
    **dict(zip(*[iter(_SYMBOLS.split())] * 2, strict=True)),
    **_ESCAPED,
    **_SPACES,
    **dict.fromkeys(_NOTHING, ""),
}

# What the characters of mathematical alphabets are called in Unicode -> the command of the alphabet.
_ALPHABETS = {
    "DOUBLE-STRUCK": r"\mathbb",
    "SCRIPT": r"\mathcal",
    "FRAKTUR": r"\mathfrak",
    "BLACK-LETTER": r"\mathfrak",
    "SANS-SERIF": r"\mathsf",
    "MONOSPACE": r"\mathtt",
    "BOLD": r"\mathbf",
}


def latex(character: str) -> str:
    r"""Return the LaTeX of one character in a formula; what has none stays as it is.

    >>> [latex(character) for character in "αΩ≤ℝ𝑥𝐱{中"]
    ['\\alpha', '\\Omega', '\\le', '\\mathbb{R}', 'x', '\\mathbf{x}', '\\{', '中']
    """
    if character in TABLE:
        return TABLE[character]
    if character.isascii():
        return character
    name = unicodedata.name(character, "")
    if name.startswith("GREEK ") and " WITH " not in name and "LETTER" in name and "SYMBOL" not in name:
        return _greek(character, name)
    plain = unicodedata.normalize("NFKC", character)
    if plain == character or len(plain) != 1:
        return character
    alphabet = next((command for word, command in _ALPHABETS.items() if word in name), None)
    inner = latex(plain)
    return f"{alphabet}{{{inner}}}" if alphabet else inner


def _greek(character: str, name: str) -> str:
    """Return a Greek letter; capitals that look Latin are written with the Latin ones."""
    letter = name.rpartition(" ")[2].lower().replace("lamda", "lambda")
    if letter == "omicron":
        return "o"
    if "SMALL" in name:
        return f"\\{letter}"
    if letter in ("gamma", "delta", "theta", "lambda", "xi", "pi", "sigma", "upsilon", "phi", "psi", "omega"):
        return f"\\{letter.capitalize()}"
    return dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧ", "ABEZHIKMNOPTX", strict=True)).get(character, character)
