"""Web pages: HTML in any character set -> title, language and text, with formulas as LaTeX."""

from mathkit.pages.charset import decode
from mathkit.pages.page import Page, read_page

__all__ = ["Page", "decode", "read_page"]
