"""Tables for a person, on standard error."""

import sys


def print_table(heads: list[str], rows: list[list[str]]) -> None:
    """Print a table, its first column to the left and the others to the right."""
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for index, head in enumerate(heads):
        table.add_column(head, justify="right" if index else "left")
    for row in rows:
        table.add_row(*row)
    Console(stderr=True, markup=False, emoji=False, width=None if sys.stderr.isatty() else 100).print(table)
