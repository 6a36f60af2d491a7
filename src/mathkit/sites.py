"""Web sites and their sections: of which domains and paths of a collection of pages a share was found."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mathkit.records import Record

_A_FEW = 2  # pages, of which nothing was found, speak against their folder

Address = tuple[str, str]  # a domain, and the folder of the page within it


def address_of(record: Record) -> Address | None:
    """Return the domain and folder of a record's url, or None where it has no url of the web.

    >>> address_of({"url": "https://www.Example.org:443/books/algebra/pages/2-1?print=1"})
    ('example.org', '/books/algebra/pages/')
    >>> address_of({"url": "conic10k:12"})
    """
    url = record.get("url")
    if not isinstance(url, str):
        return None
    try:
        parts = urlsplit(url)
        domain = parts.hostname
    except ValueError:
        return None
    if not domain:
        return None
    return domain.removeprefix("www."), parts.path.rpartition("/")[0] + "/"


@dataclass(slots=True)
class Count:
    """How many pages there are, and how many of them were found."""

    pages: int = 0
    found: int = 0

    def add(self, other: "Count") -> None:
        """Count the pages of another part, too."""
        self.pages += other.pages
        self.found += other.found

    @property
    def share(self) -> float:
        """The share of the pages that were found."""
        return self.found / self.pages if self.pages else 0.0


@dataclass(frozen=True, slots=True)
class Site:
    """A domain, how much of it was found, and the same for its sections, by path prefix."""

    domain: str
    count: Count
    sections: Mapping[str, Count]
    counting: frozenset[str]  # the sections of which enough was found
    barren: frozenset[str]  # the folders of which nothing was, though they have a few pages

    def holds(self, folder: str) -> bool:
        """Return whether a folder is of a section that counts, and nothing speaks against the folder itself."""
        return folder not in self.barren and _section_of(folder, self.sections) in self.counting

    def as_json(self) -> dict[str, Any]:
        """Return the site for review: its share, and that of each of its sections."""
        sections = [
            {
                "prefix": prefix, "pages": count.pages, "recalled": count.found, "share": round(count.share, 4),
                "counts": prefix in self.counting,
            }
            for prefix, count in sorted(self.sections.items())
        ]  # fmt: skip
        count = self.count
        return {
            "domain": self.domain, "pages": count.pages, "recalled": count.found, "share": round(count.share, 4),
            "sections": sections,
        }  # fmt: skip


def sites_of(pages: Iterable[tuple[Address | None, bool]], *, share: float, least: int) -> dict[str, Site]:
    """Return the domains of which more than `share` of at least `least` pages were found, with their sections.

    `pages`, read twice, holds where each page is and whether it was found. Memory holds a count for each domain, and
    one for each folder of the domains that count.
    """
    domains: defaultdict[str, Count] = defaultdict(Count)
    for address, found in pages:
        if address:
            domains[address[0]].add(Count(1, found))
    chosen = {domain: count for domain, count in domains.items() if count.pages >= least and count.share > share}
    folders: dict[str, defaultdict[str, Count]] = {domain: defaultdict(Count) for domain in chosen}
    for address, found in pages:
        if address and address[0] in chosen:
            folders[address[0]][address[1]].add(Count(1, found))
    sites = {}
    for domain in sorted(chosen):
        sections = sections_of(folders[domain], least)
        counting = frozenset(prefix for prefix, count in sections.items() if count.share > share)
        barren = (name for name, count in folders[domain].items() if count.pages >= _A_FEW and not count.found)
        sites[domain] = Site(domain, chosen[domain], sections, counting, frozenset(barren))
    return sites


def sections_of(folders: Mapping[str, Count], least: int) -> dict[str, Count]:
    """Return the sections of a site by path prefix: the deepest folders of at least `least` pages.

    Every page is of one section at most. The pages of a folder that has too few count for the folder above it, where
    they are with those that have no section of their own; so the pages of a large section say nothing of its
    neighbours.

    >>> folders = {"/a/x/": Count(3, 3), "/a/y/": Count(1, 1), "/a/": Count(1, 0), "/b/": Count(2, 0)}
    >>> {prefix: (count.pages, count.found) for prefix, count in sections_of(folders, 2).items()}
    {'/a/x/': (3, 3), '/a/': (2, 1), '/b/': (2, 0)}
    """
    sections: dict[str, Count] = {}
    waiting: defaultdict[int, defaultdict[str, Count]] = defaultdict(lambda: defaultdict(Count))  # by depth
    for folder, count in folders.items():
        waiting[folder.count("/")][folder].add(count)
    for depth in range(max(waiting, default=0), 0, -1):
        for folder, count in sorted(waiting[depth].items()):
            if count.pages >= least:
                sections[folder] = count
            elif depth > 1:
                waiting[depth - 1][_above(folder)].add(count)
    return sections


def _above(folder: str) -> str:
    return folder[:-1].rpartition("/")[0] + "/"


def _section_of(folder: str, sections: Mapping[str, Count]) -> str | None:
    while folder not in sections:
        if folder == "/":
            return None
        folder = _above(folder)
    return folder
