"""What can go wrong that the user can put right, and the exit status that each kind ends with."""


class MathkitError(Exception):
    """Something the user can put right; the message starts with the place: file:line, option or model."""

    status = 1


class UsageError(MathkitError):
    """The command was called in a way that cannot work."""

    status = 2


class BadData(MathkitError):
    """The input holds a line that the command cannot read, or ends before it should."""

    status = 65


class Unavailable(MathkitError):
    """A model, a server or a package that the command needs is not there."""

    status = 69


class BadRecord(Exception):
    """One line is not what the command needs; whoever knows the file and line turns it into BadData.

    `reason` is one of a few countable kinds, `detail` says what is wrong with this line.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
