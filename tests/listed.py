"""Records in memory as the batches that stages work on."""

from collections.abc import Callable, Iterator
from typing import Any

from mathkit.parallel import Batch, map_batches
from mathkit.records import Record


class Listed(list[Record]):
    """Records that can be read as often as one likes, `size` in a batch."""

    def __init__(self, records: list[Record], size: int = 7, jobs: int = 1) -> None:
        super().__init__(records)
        self._size, self._jobs = size, jobs

    def map(
        self, read: Callable[[Record], Any], work: Callable[[list[Any]], Any]
    ) -> Iterator[tuple[list[Record], Any]]:
        batches = [Batch(self[start : start + self._size]) for start in range(0, len(self), self._size)]
        return map_batches(lambda records: work([read(record) for record in records]), batches, self._jobs)
