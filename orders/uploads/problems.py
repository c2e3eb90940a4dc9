"""Why a file is refused."""

from __future__ import annotations

from collections.abc import Sequence


class Refused(Exception):
    """Nothing of the file is applied. The text is for users; `problems` are JSON for the preview, such as lines."""

    def __init__(self, text: str, problems: Sequence[object] = ()) -> None:
        super().__init__(text)
        self.problems = list(problems)
