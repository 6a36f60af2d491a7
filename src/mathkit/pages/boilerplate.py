"""What of a page is not its content: navigation, banners, forms, what is hidden, and lists of links.

By what elements are and by what their classes are called; never by how short a text is, for that is how definitions
and steps of proofs are lost. What holds a formula, or most of the page's text, is content whatever it is called.
"""

import re
from typing import Any

from mathkit.pages.mathml import name_of

_NEVER = frozenset((
    "script", "style", "noscript", "template", "head", "title", "iframe", "object", "embed", "applet", "svg",
    "canvas", "audio", "video", "map", "nav", "button", "select", "option", "optgroup", "datalist", "textarea",
    "input", "dialog", "menu", "footer", "progress", "meter",
))  # fmt: skip
_IF_OUTSIDE = frozenset(("header", "aside"))  # of an article they are content, of a page they are not
_CONTENT = frozenset(["html", "body", "main", "article"])
_ROLES = frozenset((
    "navigation", "banner", "contentinfo", "search", "complementary", "dialog", "alert", "alertdialog", "menu",
    "menubar",
))  # fmt: skip
_NAMES = frozenset((
    "nav", "navbar", "navigation", "nav-links", "mainnav", "topnav", "menu", "submenu", "topbar", "toolbar",
    "sidebar", "side-bar", "sidenav", "breadcrumb", "breadcrumbs", "crumbs", "footer", "site-footer", "page-footer",
    "page_footer", "site-header", "page-header", "masthead", "banner", "cookie", "cookies", "cookie-banner",
    "cookie-notice", "consent", "gdpr", "share", "sharing", "share-buttons", "social", "social-links", "sharedaddy",
    "jp-relatedposts", "related", "related-posts", "relatedposts", "recommended", "recommendations", "ad", "ads",
    "advert", "advertisement", "adsbygoogle", "promo", "popup", "modal", "newsletter", "subscribe", "subscription",
    "comment-form", "commentform", "respond", "pagination", "pager", "page-nav", "post-navigation", "skip-link",
    "skiplink", "widget", "widget-area", "login", "signup", "copyright", "toc", "table-of-contents", "mw-editsection",
    "mw-jump-link", "mw-navigation", "mw-panel", "mw-head", "noprint", "printfooter", "catlinks", "navbox",
    "vertical-navbox", "sistersitebox", "metadata", "ambox", "sitesub", "contentsub", "jump-to-nav",
    "mw-hidden-catlinks", "screen-reader-text", "element-invisible", "sr-only", "visually-hidden", "visuallyhidden",
    "back-to-top",
    "ltx_page_footer", "ltx_page_navbar", "ltx_pagination", "headerlink", "anchorjs-link", "post-meta", "entry-meta",
))  # fmt: skip
_ENDINGS = ("-nav", "_nav", "-menu", "_menu", "-sidebar", "_sidebar", "-footer", "_footer", "-breadcrumbs", "-cookie")
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_FORMULAS = ("math", "mjx-container")
_LISTS = frozenset(["ul", "ol", "dl", "table", "div", "section", "p", "td"])
_LEAST_LINKS = 3
_LINK_SHARE = 0.8  # of a block's letters, above which it is a list of links
_MOST = 0.5  # of the page's letters, above which an element is its content


class Boilerplate:
    """Tells the content of one page from the rest."""

    def __init__(self, root: Any) -> None:
        self._letters: dict[Any, int] = {}
        self._linked: dict[Any, int] = {}
        self._links: dict[Any, int] = {}
        self._with_formulas: set[Any] = set()
        for element in reversed(list(root.iter())):  # children before parents
            self._measure(element)
        self._total = self._letters.get(root, 0)

    def covers(self, element: Any) -> bool:
        """Return whether an element and all in it is no content."""
        name = name_of(element)
        if name in _NEVER:
            return True
        if name in _CONTENT:
            return False
        hidden = "hidden" in element.attrib or element.get("aria-hidden") == "true"
        if hidden or ((style := element.get("style")) and _HIDDEN.search(style)):
            return True
        if not (self._is_called_so(element, name) or self._is_links(element, name)):
            return False
        return element not in self._with_formulas and self._letters[element] <= _MOST * self._total

    def _is_called_so(self, element: Any, name: str) -> bool:
        if name in _IF_OUTSIDE and not any(name_of(outer) in ("article", "main") for outer in element.iterancestors()):
            return True
        if element.get("role") in _ROLES:
            return True
        names = f"{element.get('class', '')} {element.get('id', '')}".lower().split()
        return any(called in _NAMES or called.endswith(_ENDINGS) for called in names)

    def _is_links(self, element: Any, name: str) -> bool:
        if name not in _LISTS or self._links[element] < _LEAST_LINKS:
            return False
        return self._linked[element] > _LINK_SHARE * self._letters[element]

    def _measure(self, element: Any) -> None:
        name = name_of(element)
        if name in _NEVER:
            self._letters[element] = self._linked[element] = self._links[element] = 0
            if name == "script" and element.get("type", "").startswith("math/"):
                self._with_formulas.add(element)
            return
        letters, linked, links = _letters(element.text), 0, 0
        for child in element:
            letters += self._letters[child] + _letters(child.tail)
            linked += self._linked[child]
            links += self._links[child]
            if child in self._with_formulas:
                self._with_formulas.add(element)
        if name == "a" and element.get("href"):
            linked, links = letters, 1
        elif name in _FORMULAS or "katex" in element.get("class", ""):
            self._with_formulas.add(element)
        self._letters[element], self._linked[element], self._links[element] = letters, linked, links


def _letters(text: str | None) -> int:
    return sum(map(len, text.split())) if text else 0
