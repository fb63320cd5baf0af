import pytest

from include.errors import BudgetExhausted
from include.sources.budget import Budget


def test_credits_are_counted_before_they_are_spent() -> None:
    budget = Budget(limit=10, spent=8)
    budget.spend(1)
    budget.spend(1)
    assert (budget.spent, budget.left) == (10, 0)
    with pytest.raises(BudgetExhausted, match="10 of 10 credits of this UTC day are used"):
        budget.spend(1)
    assert budget.spent == 10


def test_what_others_spent_beyond_the_limit_leaves_nothing() -> None:
    assert Budget(limit=300, spent=420).left == 0
    with pytest.raises(BudgetExhausted, match=r"420 of 300 .*OPEN_NEM_DAILY_CREDITS"):
        Budget(limit=300, spent=420).spend(1)
