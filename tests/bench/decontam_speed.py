r"""decontam: how fast, whether it finds what the definition says, and which disguised leaks it finds.

    python tests/bench/decontam_speed.py PROBLEMS.jsonl ... [--problems 100000] [--items 5000] [--peers naive ...]

PROBLEMS are files of problems (problem or question). A third of them at most, `items`, become the benchmark; the
problems to screen are made of the others: half of one's sentences and half of another's, two in three renumbered. Then

1. seconds on two cores, both rules, beside peers: a Python set of 13-grams; rapidfuzz, one call a pair (on a hundredth,
   and its seconds are those that all would take); datatrove's n-gram filter. The language model harness's janitor is
   left out, for it brings torch.
2. clean documents of 2.5 KB, of words of the benchmark in no order, on one core.
3. the same records as plain Python that compares every pair (brute_force.py), 2,000 problems with 1,000 items, a
   quarter of them made of the items so that many are near the border.
4. leaks by kind and rule: caught and missed, and wrong where that is not what the definition says. A short item
   renumbered is another problem, which must be kept. Phantoms are problems of other origin that are dropped though the
   definition says no.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import orjson

sys.path.insert(0, str(Path(__file__).parent))  # where PYTHONSAFEPATH keeps it out

from brute_force import NGRAM, leaking, read
from leaks import LEAKS, in_a_page, mixed, read_problems, renumbered, verbatim
from measure import MATHKIT, PEERS, Failed, attempt, measured, megabytes, print_table, python_with

RULES = ("and", "or")
ENVIRONMENTS = {
    "naive": ("orjson",),
    "rapidfuzz": ("rapidfuzz==3.14.6", "orjson"),
    "datatrove": ("datatrove[processing]==0.10.1", "spacy<3.9", "orjson"),
}
PART = {"naive": 1, "rapidfuzz": 100, "datatrove": 1}  # one problem of so many
CLEAN_DOCUMENTS = 10_000
COMPARED = 2000, 1000  # problems and items, by brute force
PLANTED = 200  # leaks of each kind
HEADERS = "seconds", "a second", "a CPU second", "memory", "dropped"


class Bench:
    """The files of a run, and the tools that read them."""

    def __init__(self, work: Path, items: list[str]) -> None:
        self.work = work
        self.benchmark = self.write("benchmark", items)

    def write(self, name: str, texts: Iterable[str], field: str = "problem") -> Path:
        """Write texts as records numbered from 0."""
        path = self.work / f"{name}.jsonl"
        with path.open("wb") as file:
            file.writelines(orjson.dumps({"id": str(number), field: text}) + b"\n" for number, text in enumerate(texts))
        return path

    def mathkit(self, source: Path, rule: str, jobs: int) -> list[str | Path]:
        """Return the command that screens a file."""
        return [*MATHKIT, "decontam", "-q", "-j", str(jobs), "--rule", rule, "--against", self.benchmark, source, "-o",
                self.kept]  # fmt: skip

    @property
    def kept(self) -> Path:
        """Where tools write what they keep."""
        return self.work / "kept.jsonl"

    def dropped(self, source: Path, rule: str) -> set[int]:
        """Return the numbers of the records that mathkit drops."""
        measured(self.mathkit(source, rule, 2))
        kept = {int(orjson.loads(line)["id"]) for line in self.kept.open("rb")}
        return set(range(source.read_bytes().count(b"\n"))) - kept

    def row(self, name: str, command: Sequence[str | Path], source: Path, *, part: int, cores: int) -> list[str] | None:
        """Run a tool on one of `part` records and return its row, its seconds those of all; None if it fails."""
        count = source.read_bytes().count(b"\n")
        cost = attempt(name, command, cores=cores)
        if cost is None:
            return None
        kept = self.kept.read_bytes().count(b"\n")
        return [
            name + (f" (a {part}th)" if part > 1 else ""),
            f"{cost.seconds * part:,.1f}",
            f"{count / cost.seconds:,.0f}",
            f"{count / cost.cpu:,.0f}",
            megabytes(cost.memory),
            f"{count - kept:,}",
        ]


def speed(bench: Bench, problems: list[str], peers: Sequence[str]) -> None:
    """Print the table of speed on problems, on two cores."""
    source = bench.write("problems", problems)
    rows = [
        bench.row(f"mathkit --rule {rule}", bench.mathkit(source, rule, 2), source, part=1, cores=2) for rule in RULES
    ]
    for name in peers:
        if python := python_with(name, ENVIRONMENTS[name]):
            part = PART[name]
            fewer = bench.write("fewer", problems[::part])
            command = [python, PEERS / f"decontam_{name}.py", bench.benchmark, fewer, bench.kept]
            rows.append(bench.row(name, command, fewer, part=part, cores=2))
    print_table([f"{len(problems):,} problems", *HEADERS], filter(None, rows))


def documents(bench: Bench, words: list[str], peers: Sequence[str], chance: random.Random) -> None:
    """Print the table of speed on clean documents, on one core."""
    length = round(2500 / (sum(map(len, words)) / len(words) + 1))
    texts = (" ".join(chance.choices(words, k=length)) for _ in range(CLEAN_DOCUMENTS))
    source = bench.write("documents", texts, "text")
    rows = [
        bench.row(f"mathkit --rule {rule}", bench.mathkit(source, rule, 1), source, part=1, cores=1) for rule in RULES
    ]
    if "naive" in peers and (python := python_with("naive", ENVIRONMENTS["naive"])):
        command = [python, PEERS / "decontam_naive.py", bench.benchmark, source, bench.kept]
        rows.append(bench.row("naive", command, source, part=1, cores=1))
    size = source.stat().st_size / CLEAN_DOCUMENTS
    print_table([f"{CLEAN_DOCUMENTS:,} documents of {size:,.0f} bytes", *HEADERS], filter(None, rows))


def equality(work: Path, others: list[str], items: list[str], chance: random.Random) -> None:
    """Print whether mathkit drops the records that the definition says."""
    problems, benchmark = COMPARED
    items = items[:benchmark]
    near = [renumbered(text, chance) for text in mixed(items, problems // 4, chance)]
    records = near + mixed(others, problems - len(near), chance)
    bench = Bench(work, items)
    source = bench.write("compared", records)
    known, screened = [read(text) for text in items], [read(text) for text in records]
    for rule in RULES:
        print(f"brute force, rule {rule} ...", file=sys.stderr, flush=True)
        wanted = {number for number, leaks in enumerate(leaking(screened, known, rule)) if leaks}
        found = bench.dropped(source, rule)
        verdict = "the same" if found == wanted else f"NOT THE SAME: {sorted(found ^ wanted)[:10]}"
        print(
            f"rule {rule}: of {len(records):,} problems by {len(items):,} items brute force drops {len(wanted):,}, "
            f"mathkit {len(found):,}: {verdict}"
        )
        for number in sorted(found ^ wanted)[:3]:
            print(f"    {'mathkit' if number in found else 'brute force'} alone drops {records[number]!r}")


def disguises(bench: Bench, items: list[str], others: list[str], words: list[str], chance: random.Random) -> None:
    """Print the table of leaks."""
    known = [read(item) for item in items]
    long = [item for item, text in zip(items, known, strict=True) if len(text.tokens) >= NGRAM]
    short = [item for item, text in zip(items, known, strict=True) if 3 <= len(text.tokens) < NGRAM]

    rows = []

    def add(name: str, pool: list[str], leak: Callable[[str, random.Random], str], field: str = "problem") -> None:
        changed = [(item, leak(item, chance)) for item in pool]
        planted = [pair for pair in changed if leak is verbatim or pair[0] != pair[1]][:PLANTED]
        source = bench.write("leaks", [text for _, text in planted], field)
        row = [name, f"{len(planted):,}"]
        for rule in RULES:
            dropped = bench.dropped(source, rule)
            wrong = sum(
                # of a record that is kept, its own item decides; one that is dropped may leak any
                leaking([read(text)], [read(item), *(known if number in dropped else ())], rule)[0]
                is not (number in dropped)
                for number, (item, text) in enumerate(planted)
            )
            row += [f"{len(dropped):,}", f"{len(planted) - len(dropped):,}", str(wrong) if field == "problem" else "-"]
        rows.append(row)

    for name, leak in LEAKS.items():
        add(name, long, leak)
    add("in a page", long, in_a_page(words), "text")
    for name, leak in LEAKS.items():
        add(f"short, {name}", short, leak)
    headers = [f"{rule}: {what}" for rule in RULES for what in ("caught", "missed", "wrong")]
    print_table(["leaks", "planted", *headers], rows)
    source = bench.write("clean", others)
    for rule in RULES:
        found = sorted(bench.dropped(source, rule))
        phantoms = leaking([read(others[number]) for number in found], known, rule).count(False)
        print(
            f"rule {rule}: of {len(others):,} problems of other benchmarks {len(found):,} dropped, {phantoms} phantoms"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="+", type=Path, metavar="PROBLEMS")
    parser.add_argument("--problems", type=int, default=100_000)
    parser.add_argument("--items", type=int, default=5000)
    parser.add_argument("--peers", nargs="*", choices=list(ENVIRONMENTS), default=list(ENVIRONMENTS))
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    chance = random.Random(options.seed)
    pool = read_problems(options.files)
    chance.shuffle(pool)
    count = min(options.items, len(pool) // 3)
    items, others = pool[:count], pool[count:]
    words = [token for item in items for token in read(item).tokens]
    print(f"{len(items):,} items; {len(others):,} other problems", flush=True)
    with tempfile.TemporaryDirectory(prefix="mathkit-bench-") as folder:
        bench = Bench(Path(folder), items)
        speed(bench, mixed(others, options.problems, chance), options.peers)
        documents(bench, words, options.peers, chance)
        disguises(bench, items, others[:1000], words, chance)
        equality(Path(folder), others, items, chance)


if __name__ == "__main__":
    try:
        main()
    except Failed as failure:
        sys.exit(f"a tool failed: {failure}")
