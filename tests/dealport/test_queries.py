"""What query parameters mean is remembered: never mixed up, never shared, and not for what is refused."""

from __future__ import annotations

import pytest
from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from dealport.kit.recent import Recent
from dealport.kit.rest.queries import ChoiceParameter, QuerySerializer, WholeNumberParameter


class OneQuery(QuerySerializer):
    """Parameters of one operation."""

    limit = WholeNumberParameter(1, 100, default=10)


class OtherQuery(QuerySerializer):
    """Parameters of another one."""

    limit = ChoiceParameter(["10", "20"])


def test_the_same_parameters_mean_what_their_operation_says() -> None:
    for _ in range(2):
        assert OneQuery.read(QueryDict("limit=20")) == {"limit": 20}
        assert OtherQuery.read(QueryDict("limit=20")) == {"limit": "20"}
        assert (OneQuery.read(QueryDict("")), OtherQuery.read(QueryDict(""))) == ({"limit": 10}, {})


def test_a_caller_may_change_what_it_got() -> None:
    OneQuery.read(QueryDict("limit=30"))["limit"] = 1
    assert OneQuery.read(QueryDict("limit=30")) == {"limit": 30}


def test_what_is_refused_is_refused_again() -> None:
    for _ in range(2):
        for query in ("limit=0", "limit=1&limit=1", "page=1"):
            with pytest.raises(ValidationError):
                OneQuery.read(QueryDict(query))


def test_what_was_used_longest_ago_makes_way() -> None:
    recent: Recent[str, int] = Recent(2)
    for key, value in (("a", 1), ("b", 2)):
        recent.put(key, value)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert [recent.get(key) for key in "abc"] == [1, None, 3]
    recent.put("a", 4)
    recent.put("d", 5)
    assert [recent.get(key) for key in "acd"] == [4, None, 5]
