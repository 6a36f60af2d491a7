"""The text of a page -> its tree of elements, with the stray < of formulas saved from being read as tags."""

import re
from typing import Any

# A tag's name ends with white space, / or >; in `$a<b$` what follows the < is no name, and a parser that takes it for
# one loses the text up to the next >. Raw text (scripts, comments) is passed over.
_STRAY = re.compile(
    r"(?P<raw><!--.*?(?:-->|\Z)|<(?P<name>script|style|xmp|textarea|title)\b.*?(?:</(?P=name)\s*>|\Z))"
    r"|<(?=[a-zA-Z])(?!(?:[a-zA-Z][a-zA-Z0-9:-]*)(?:[\s/>]|\Z))",
    re.DOTALL | re.IGNORECASE,
)


def parse(html: str) -> Any:
    """Return the root element (of lxml) of a page, or None where it has none."""
    from lxml import etree

    html = _STRAY.sub(lambda match: match["raw"] or "&lt;", html)
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    try:
        return etree.fromstring(html.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError:  # nothing in it, or nested deeper than the parser follows
        return None
