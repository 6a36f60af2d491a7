"""Web archives (WARC, WET) and web pages as files: what they hold, and where they are broken."""

from mathkit.archives.captures import Capture, read_captures

__all__ = ["Capture", "read_captures"]
