"""A program that adds up a CSV file and knows nothing of the product: no database, no library of ours.

Called with the file, the column to add up ("" counts rows), and conditions `column=value` or `column>` (not empty).
Prints one line per currency: its code and the sum.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from decimal import Decimal


def main(path: str, column: str, *conditions: str) -> None:
    """Print the sums."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    with open(path, newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if all(holds(row, condition) for condition in conditions):
                sums[row["currency"]] += Decimal(row[column]) if column else 1
    for code, total in sorted(sums.items()):
        print(code, total)


def holds(row: dict[str, str], condition: str) -> bool:
    """Answer whether a row fulfils a condition."""
    if condition.endswith(">"):
        return row[condition[:-1]] != ""
    name, value = condition.split("=", 1)
    return row[name] in value.split("|")


if __name__ == "__main__":
    main(*sys.argv[1:])
