"""What `make compare` reports, and what it lets pass."""

from __future__ import annotations

from typing import Any

from tests.comparison.allowed import judge
from tests.comparison.differences import ADDED, CHANGED, MISSING, REORDERED, Difference, recordings


def found(before: Any, after: Any, entry: str = "an answer") -> list[Difference]:
    return [*recordings({entry: before}, {entry: after})]


def faults(before: Any, after: Any, entry: str = "an answer") -> list[str]:
    return [difference.path for difference in found(before, after, entry) if judge(difference) is None]


def test_equal_answers_have_no_difference() -> None:
    answer = {"status": 200, "body": {"data": [{"a": "#1.50"}, None]}}
    assert found(answer, {**answer}) == []


def test_a_value_status_or_type_that_changed_is_a_fault() -> None:
    before = {"status": 200, "body": {"totalSales": "#12.50", "orders": 1, "store": "cet"}}
    after = {"status": 201, "body": {"totalSales": "#12.5", "orders": True, "store": None}}
    assert faults(before, after) == [".status", ".body.totalSales", ".body.orders", ".body.store"]


def test_an_answer_that_is_refused_now_is_one_difference() -> None:
    before = {"status": 200, "body": {"data": [1, 2], "meta": {}}}
    assert faults(before, {"status": 400, "body": {"errors": {"page": ["Enter a number."]}}}) == [".status"]
    assert faults({"status": 400, "body": {"errors": {}}}, before) == [".status"]


def test_a_key_that_is_missing_or_new_is_a_fault() -> None:
    differences = found({"body": {"old": 1}}, {"body": {"new": 1}})
    assert [(difference.path, difference.kind) for difference in differences] == [
        (".body.old", MISSING),
        (".body.new", ADDED),
    ]
    assert faults({"body": {"old": 1}}, {"body": {"new": 1}}) == [".body.old", ".body.new"]


def test_an_answer_that_one_of_the_two_never_gave_is_a_fault() -> None:
    differences = [*recordings({"one": {}, "two": {}}, {"two": {}, "three": {}})]
    assert [(difference.entry, difference.kind) for difference in differences] == [("one", MISSING), ("three", ADDED)]
    assert all(judge(difference) is None for difference in differences)


def test_an_element_added_in_the_middle_is_reported_alone() -> None:
    before = [{"name": "sales", "file": "#1.00"}, {"name": "orders", "file": 2}]
    after = [before[0], {"name": "luck", "file": 7}, {"name": "orders", "file": 3}]
    differences = found({"body": before}, {"body": after})
    assert [(difference.path, difference.kind, difference.after) for difference in differences] == [
        (".body[1].file", CHANGED, 3),
        (".body[1]", ADDED, after[1]),
    ]


def test_another_order_is_one_difference_and_hides_no_other() -> None:
    before = {"body": {"csv": "day,store,total\n1,a,1.00\n1,b,2.00\n1,c,3.00\n1,d,4.00\n"}}
    after = {"body": {"csv": "day,store,total\n1,c,3.00\n1,a,1.00\n1,b,2.00\n1,d,4.01\n"}}
    assert [(difference.path, difference.kind) for difference in found(before, after)] == [
        (".body.csv.rows", REORDERED),
        (".body.csv.rows[3].total", CHANGED),
    ]
    assert faults(before, after) == [".body.csv.rows", ".body.csv.rows[3].total"]
    assert faults(before, after, "export daily-metrics of all: file") == [".body.csv.rows[3].total"]
    other_days = {"body": {"csv": "day,store\n2,a\n1,b\n"}}
    assert faults({"body": {"csv": "day,store\n1,b\n2,a\n"}}, other_days, "export daily-metrics of all: file")
    assert faults({"body": ["a", "b", "c"]}, {"body": ["c", "a", "b", "d"]}) == [".body", ".body[3]"]


def test_a_cell_of_a_csv_file_is_named_by_line_and_column() -> None:
    before = {"body": {"csv": "number,total\n#1,10.00\n#2,20.00\n"}}
    after = {"body": {"csv": "number,total\n#1,10.00\n#2,20.01\n"}}
    assert faults(before, after) == [".body.csv.rows[1].total"]


def test_quotes_and_line_ends_of_a_csv_file_count() -> None:
    before = {"body": {"csv": "number,total\n#1,10.00\n"}}
    assert faults(before, {"body": {"csv": 'number,total\n"#1",10.00\n'}}) == [".body.csv"]
    assert faults(before, {"body": {"csv": "number,total\r\n#1,10.00\r\n"}}) == [".body.csv"]


def test_a_number_format_of_a_workbook_counts() -> None:
    before = {"body": {"xlsx": {"Data": [["total [s General]"], ["10.5 [n 0.00]"]], "Receipt": [["Rows", "1"]]}}}
    after = {"body": {"xlsx": {"Data": [["total [s General]"], ["10.5 [n General]"]], "Receipt": [["Rows", "2"]]}}}
    assert faults(before, after) == [".body.xlsx.Data.rows[0].total", ".body.xlsx.Receipt[0][1]"]


def test_words_of_errors_may_change_but_not_their_keys_or_number() -> None:
    before = {"status": 400, "body": {"message": "bad", "errors": {"items.0.quantity": ["too few"], "store": ["no"]}}}
    body = {"message": "Correct it.", "errors": {"items.0.quantity": ["Enter 1 or more."], "store": ["No.", "Never."]}}
    assert faults(before, {"status": 400, "body": body}) == [".body.errors.store[1]"]
    assert faults(before, {"status": 400, "body": {**before["body"], "message": None}}) == [".body.message"]


def test_total_tax_may_be_added_and_nothing_else() -> None:
    before = {"body": {"csv": "day,sales\n2026-01-01,1.00\n", "total": {}}}
    after = {"body": {"csv": "day,totalTax,sales\n2026-01-01,0.20,1.00\n", "total": {"totalTax": "#0.20"}}}
    assert faults({"body": {"csv": before["body"]["csv"]}}, {"body": {"csv": after["body"]["csv"]}}) == []
    assert faults({"body": {}}, {"body": after["body"]["total"]}) == []
    assert faults({"body": {}}, {"body": {"totalLuck": "#0.20"}}) == [".body.totalLuck"]
    assert faults({"body": {"totalTax": "#0.20"}}, {"body": {"totalTax": "#0.21"}}) == [".body.totalTax"]


def test_a_day_of_the_console_may_become_the_local_day_in_cet_and_no_other_day() -> None:
    def view(day: str, store: str = "cet") -> dict[str, Any]:
        return {"rows": [{"store": store, "order_day": day, "placed_at": "2026-07-15T22:30:00Z"}]}

    assert faults(view("2026-07-15"), view("2026-07-16"), "view orders") == []
    assert faults(view("2026-07-15"), view("2026-07-17"), "view orders") == [".rows[0].order_day"]
    assert faults(view("2026-07-15", "london"), view("2026-07-16", "london"), "view orders") == [".rows[0].order_day"]
    assert faults(view("2026-07-15"), view("2026-07-16"), "a list") == [".rows[0].order_day"]
