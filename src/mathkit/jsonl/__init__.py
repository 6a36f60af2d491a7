"""Records <-> lines of JSON in files, pipes and compressed streams, with nothing lost in between."""

from mathkit.jsonl.codec import dump, parse
from mathkit.jsonl.reading import read_batches, read_file
from mathkit.jsonl.stream import Stream, Tally

__all__ = ["Stream", "Tally", "dump", "parse", "read_batches", "read_file"]
