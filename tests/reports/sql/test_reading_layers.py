"""What stands behind one another in the reading of a statement holds alone too."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from reports.sql.check import Places, _refuse_strange_nodes
from reports.sql.errors import Refused
from reports.sql.expressions import settle_names
from reports.sql.grammar import NODES, Console
from reports.sql.names import Resolver
from reports.sql.reading import read

HANGING = [
    "SELECT 1 FROM orders o JOIN refunds r JOIN {} x ON true ON true",
    "SELECT 1 FROM orders o JOIN refunds r LEFT JOIN (SELECT 1 AS y FROM {}) x ON true ON true",
    "SELECT (SELECT 1 FROM orders o JOIN refunds r FULL JOIN {} x USING (id) ON true)",
]


def parsed(statement: str) -> tuple[exp.Expr, Places]:
    """Return the tree without any check, and the places."""
    tokens = sqlglot.tokenize(statement, read=Console)
    (tree,) = sqlglot.parse(statement, read=Console)
    assert tree is not None
    return tree, Places(tokens)


@pytest.mark.parametrize("relation", ["pg_roles", "refunds", "generate_series(1, 2)"])
@pytest.mark.parametrize("statement", HANGING)
def test_a_table_below_a_table_is_refused_by_each_of_three_checks(statement: str, relation: str) -> None:
    text = statement.format(relation)
    with pytest.raises(Refused, match="This JOIN has no ON or USING"):
        read(text)
    tree, places = parsed(text)
    with pytest.raises(Refused, match="JOINS of this kind is not offered in TABLE"):
        _refuse_strange_nodes(tree, places)
    settle_names(tree, places)
    with pytest.raises(Refused, match="This is not understood here"):
        Resolver(places.of).statement(tree)


def test_the_parser_gives_up_where_it_goes_back_again_and_again() -> None:
    with pytest.raises(Refused, match="takes too long to read"):
        parsed("SELECT 1 FROM stores" + " JOIN stores b" * 60)
    with pytest.raises(Refused, match="takes too long to read"):
        parsed("SELECT " + "ARRAY[" * 60 + "1" + "]" * 60)


def test_every_argument_of_every_node_that_nobody_looks_at_is_refused() -> None:
    """Put something into each argument the parser knows, one at a time."""
    let_through = []
    for kind, arguments in NODES.items():
        for argument in kind.arg_types:
            for value in (exp.Table(this=exp.to_identifier("pg_roles")), exp.Command(this="x"), "X", 7):
                node = kind(**{argument: value})
                try:
                    _refuse_strange_nodes(node, Places([]))
                    let_through.append((kind, argument, value, argument in arguments))
                except Refused:
                    pass
    texts = {exp.Identifier, exp.Literal, exp.Var, exp.Anonymous}
    assert {(kind, argument) for kind, argument, *_ in let_through if kind not in texts} == {
        (exp.From, "this"),
        (exp.Join, "this"),
    }
    assert {(kind, argument, value) for kind, argument, value, _ in let_through if kind in texts} == {
        (kind, "this", "X") for kind in texts
    }
