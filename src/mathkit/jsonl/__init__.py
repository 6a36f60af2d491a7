"""Records <-> lines of JSON in files, pipes and compressed streams, with nothing lost in between."""

from mathkit.jsonl.codec import dump, parse
from mathkit.jsonl.stream import Stream, Tally, read_batches, read_file

__all__ = ["Stream", "Tally", "dump", "parse", "read_batches", "read_file"]
