"""What is first asked about a text, where the reply leads to another question."""

from mathkit.dialects import text_of
from mathkit.language import language_for
from mathkit.recipes.made import Question
from mathkit.recipes.wording import Wording
from mathkit.records import Record, Rejected


def about_text(record: Record, wording: Wording, lang: str | None, longest: int) -> Question | Rejected:
    """Return the question about the text of a record, unless that has more than `longest` characters."""
    text = text_of(record)
    if len(text) > longest:
        return Rejected(record, "longer than --max-text", {"characters": len(text)})
    lang = lang or language_for(record, text)
    return Question(record, lang, wording("ask", lang, text=text), [record["id"]], again=True)
