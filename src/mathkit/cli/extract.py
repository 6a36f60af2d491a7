"""mathkit extract."""

from mathkit.jsonl import Stream


def extract(stream: Stream) -> None:
    """Make documents of web archives (WARC, WET) and HTML pages, with their formulas as LaTeX.

    A file is told by what it holds, whatever its name: .warc, .warc.gz, .warc.zst, .wet, .html. What is counted is
    the records of an archive, of which about a third are pages, and each HTML file as one. --rejects names the others
    (type, address, offset), without their bytes. What is broken counts as a bad line: FILE:OFFSET is where the record
    begins, or the gzip member that holds it, and +N a record at byte N of what is packed there.

    Example:
        mathkit extract examples/data/crawl.warc.gz | tail -1
    """
    from mathkit.archives import read_captures
    from mathkit.stages.extract import extract_documents

    captures = stream.read_with(read_captures, lambda capture: capture.id or capture.place)
    stream.write(extract_documents(captures))
