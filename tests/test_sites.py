import random

import pytest

from mathkit.sites import Count, address_of, sections_of, sites_of


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://oi-wiki.org/math/number-theory/gcd/", ("oi-wiki.org", "/math/number-theory/gcd/")),
        ("http://WWW.Example.org", ("example.org", "/")),
        ("https://example.org:8080/a?b=/c/d#/e/f", ("example.org", "/")),
        ("https://例え.jp/数学/1", ("例え.jp", "/数学/")),
        ("conic10k:12", None),
        ("example.org/a", None),
        ("http://[broken/a", None),
        ("", None),
        (None, None),
        (5, None),
    ],
)
def test_the_address_of_a_page(url: object, address: tuple[str, str] | None) -> None:
    assert address_of({"id": "x", "url": url}) == address


def test_a_record_without_a_url_is_nowhere() -> None:
    assert address_of({"id": "x"}) is None


def pages(*parts: tuple[str, int, int]) -> list[tuple[tuple[str, str], bool]]:
    """Return pages of a site: for each folder so many, of which so many were found."""
    return [(("a.org", folder), number < found) for folder, count, found in parts for number in range(count)]


def held(found: list, folders: list[str], least: int = 10) -> list[str]:
    site = sites_of(found, share=0.1, least=least)["a.org"]
    return [folder for folder in folders if site.holds(folder)]


def test_of_a_mixed_site_the_mathematical_sections_widen() -> None:
    books = pages(
        ("/books/algebra/pages/", 40, 30), ("/books/history/pages/", 90, 0), ("/books/physics/pages/", 40, 4),
        ("/books/statistics/pages/", 20, 3), ("/", 12, 0),
    )  # fmt: skip
    folders = sorted({address[1] for address, _ in books})
    assert held(books, folders) == ["/books/algebra/pages/", "/books/statistics/pages/"]


def test_small_folders_count_together_unless_nothing_was_found_in_them() -> None:
    found = pages(("/a/1/", 4, 2), ("/a/2/", 4, 1), ("/a/3/", 4, 0), ("/a/4/", 1, 0))
    assert held(found, ["/a/1/", "/a/2/", "/a/3/", "/a/4/"]) == ["/a/1/", "/a/2/", "/a/4/"]


def test_a_remainder_that_is_too_small_says_nothing() -> None:
    found = pages(("/math/", 20, 20), ("/other/", 3, 1))
    assert held(found, ["/math/", "/other/", "/"]) == ["/math/"]


def test_every_page_is_of_one_section_at_most() -> None:
    draw = random.Random(1)
    for _ in range(200):
        folders = {
            "/" + "".join(f"{draw.choice('ab')}/" for _ in range(draw.randrange(5))): Count(draw.randrange(1, 9), 1)
            for _ in range(draw.randrange(1, 12))
        }
        least = draw.randrange(1, 20)
        sections = sections_of(folders, least)
        assert all(count.pages >= least for count in sections.values())
        left = sum(count.pages for count in folders.values()) - sum(count.pages for count in sections.values())
        assert 0 <= left < least  # what is left has too few pages for a section of its own
