"""`python -m tests.comparison.report BEFORE AFTER`: compare two recordings; exit status 1 for what is not allowed."""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from tests.comparison.allowed import judge
from tests.comparison.differences import recordings

MOST_LINES = 12  # of one answer


def main(before: str, after: str) -> int:
    """Print the differences that are not allowed, and how many are for which reason."""
    recorded = [json.loads(Path(path).read_text()) for path in (before, after)]
    reasons: Counter[str] = Counter()
    faults = []
    for difference in recordings(*recorded):
        allowed = judge(difference)
        if allowed is None:
            faults.append(difference)
        else:
            reasons[allowed.reason] += 1
    lines: Counter[str] = Counter()
    for fault in faults:
        lines[fault.entry] += 1
        if lines[fault.entry] <= MOST_LINES:
            print(fault)
    print(f"\n{len(recorded[0]):,} answers and files compared.")
    for reason, count in reasons.most_common():
        print(f"  {count:6,} allowed differences: {reason}")
    print(f"  {len(faults):6,} differences that are not allowed" + (":" if faults else "."))
    for entry, count in lines.most_common():
        print(f"  {count:6,} in {entry}")
    stopped = [recording["the recorder"] for recording in recorded if "the recorder" in recording]
    for entry in stopped:
        print(f"A recording stopped early, after {entry['after']}: {entry['stopped']}.")
    return 1 if faults or stopped else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
