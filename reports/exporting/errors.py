"""Why a file cannot be written."""


class Refused(Exception):
    """The file cannot be written, now or later; the text tells the owner why."""
