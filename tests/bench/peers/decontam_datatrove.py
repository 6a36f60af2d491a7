"""datatrove's n-gram filter at 13, its index made here, for its own indexer wants lighteval: BENCHMARK INPUT OUTPUT."""

import sys
import tempfile
from pathlib import Path

import numpy as np
from common import texts
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.decont import NGramsDecontConfig, NGramsDecontFilter
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.text import ngrams, simplify_text

CONFIG = NGramsDecontConfig(n_grams=13, find_query_ngrams=True)


def main() -> None:
    benchmark, source, target = sys.argv[1], *map(Path, sys.argv[2:])
    with tempfile.TemporaryDirectory() as work:
        screen = NGramsDecontFilter(work, CONFIG)
        hashes = {
            screen.hash_func(" ".join(gram))
            for text in texts(benchmark)
            for gram in ngrams(screen.tokenizer.word_tokenize(simplify_text(text, CONFIG.norm_config)), CONFIG.n_grams)
        }
        np.array(sorted(hashes), CONFIG.hash_config.np_descr).tofile(Path(work, "benchmark.index.hashes"))
        key = "problem" if b'"problem"' in source.open("rb").readline() else "text"
        reader = JsonlReader(str(source.parent), glob_pattern=source.name, text_key=key)
        writer = JsonlWriter(str(target.parent), output_filename=target.name, compression=None)
        LocalPipelineExecutor([reader, screen, writer], logging_dir=f"{work}/logs").run()


if __name__ == "__main__":
    main()
