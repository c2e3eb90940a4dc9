"""What one question may cost."""

SECONDS = 10.0
"""For an answer somebody waits for; the server stops the statement."""

EXPORT_SECONDS = 1800.0
"""For one that goes into a file."""

GRACE_SECONDS = 3.0
"""How long past its time a server may stay silent before the connection is torn down from this side."""

AT_ONCE = 2
"""Questions of pages and API in one web process: the other threads serve everybody else."""

CONNECT_SECONDS = 5

API_ROWS = 10_000

PAGE_ROWS = 1_000

ANSWER_BYTES = 10_000_000
"""Text of all cells of an answer together, as the server sent it."""

ROW_BYTES = 1_000_000
"""One row; the server refuses to send a wider one, so that none has to fit in the memory of a web process."""

CELL_BYTES = 100_000
"""A value put together by the statement itself (`||`, replace …): the server stops there."""

NUMBER_DIGITS = 1_000
"""A number the statement calculates, zeros included."""

SEARCHED_BYTES = 1_000
"""A text that is looked for in another one."""

SORTED_BYTES = 250
"""A value of a subquery or function by which a window or an ordered aggregate sorts; the server keeps up to 700,000."""

SORTS = 20
"""Windows, DISTINCT and WITHIN GROUP aggregates: each has memory of its own."""

SQL_CHARACTERS = 20_000

DEPTH = 60
"""Of brackets, operators and subqueries inside each other."""

STEPS_PER_TOKEN = 10
"""How often the parser may move, back included; an honest statement takes 1 to 3."""

NODES = 4_000

RELATIONS = 20
"""Views, subqueries and functions in all FROM clauses together; JOINs are counted before a statement is parsed."""

QUERIES = 250
"""SELECTs inside each other and side by side."""

COLUMNS = 200
