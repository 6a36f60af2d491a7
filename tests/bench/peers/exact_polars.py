"""polars' unique on the text, the first kept: INPUT OUTPUT."""

import sys

import polars

source, target = sys.argv[1:]
polars.read_ndjson(source).unique("text", keep="first", maintain_order=True).write_ndjson(target)
