"""What is read: every form in which a spreadsheet, an editor or an archive leaves a table."""

from __future__ import annotations

import gzip
import io
import zipfile
from pathlib import Path

import pytest

from orders.importing.opening import OpenFile
from orders.importing.problems import ImportRefused
from orders.importing.records import RecordReader

FILES = Path(__file__).parents[1] / "data" / "imports"
SAME = (
    "semicolon.csv",
    "tab.csv",
    "utf16-tab.csv",
    "cp1252.csv",
    "rows-quoted.csv",
    "rows-quoted-semicolon.csv",
    "orders.zip",
)


def rows(path: Path) -> list[list[str]]:
    """Return the fields of every record."""
    with RecordReader(path) as reader:
        return [record.fields for record in reader]


@pytest.mark.parametrize("name", SAME)
def test_every_form_of_the_file_has_the_same_rows(name: str) -> None:
    header, *expected = rows(FILES / "semicolon.csv")
    found = rows(FILES / name)
    assert (found[0], found[1:]) == (header, expected)
    assert {row[17] for row in expected} == {"Käse & Brot", "Mug"}
    assert "Gießen" in expected[0]


def test_a_workbook_has_the_rows_of_the_file_it_was_saved_from() -> None:
    header, *expected = rows(FILES / "semicolon.csv")
    found = rows(FILES / "orders.xlsx")
    assert found[0] == header
    assert [[row[0], row[17], row[55]] for row in found[1:]] == [[row[0], row[17], row[55]] for row in expected]
    assert found[1][8] == "25"


def test_an_archive_that_packs_too_much_is_refused_after_a_few_megabytes(tmp_path: Path) -> None:
    for path in (tmp_path / "bomb.csv.gz", tmp_path / "bomb.zip"):
        with io.BytesIO() as packed:
            if path.suffix == ".gz":
                with gzip.GzipFile(fileobj=packed, mode="wb") as file:
                    for _ in range(100):
                        file.write(b"," * 1_048_576)
            else:
                with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.writestr("bomb.csv", b"," * 100 * 1_048_576)
            path.write_bytes(packed.getvalue())
        with pytest.raises(ImportRefused, match="at most 300 times its size"):
            OpenFile(path)


@pytest.mark.parametrize("names", [["a.csv", "b.csv"], ["picture.png"]])
def test_an_archive_without_exactly_one_table_is_refused(tmp_path: Path, names: list[str]) -> None:
    path = tmp_path / "export.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "Name\n#1\n")
    with pytest.raises(ImportRefused, match="exactly one CSV file; unpack it"):
        OpenFile(path)


def test_bytes_that_are_neither_utf8_nor_windows_1252_mark_their_row_alone(tmp_path: Path) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes("Name,Note\n#1,Käthe\n".encode() + b"#2,Ad\xe9\n#3,Ada\n")
    with RecordReader(path) as reader:
        faults = [bool(record.fault) for record in reader]
    assert faults == [False, False, True, False]
