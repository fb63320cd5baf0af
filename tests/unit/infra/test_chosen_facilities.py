"""`make up` refuses a PV_FACILITIES that the source's registry does not have, and nothing else."""

from collections.abc import Callable
from typing import Any

import pytest

from include.settings import Settings
from infra.setup.chosen_facilities import UnknownFacilityError, refuse_unknown_codes
from tests.unit.conftest import Upstream

KEY = "oe_demo_key_primary"


@pytest.fixture
def settings(make_settings: Callable[..., Settings], upstream: Upstream) -> Callable[..., Settings]:
    def make(**changes: Any) -> Settings:
        return make_settings(**{"open_nem_api_url": f"{upstream.url}/v4", "open_nem_primary": KEY} | changes)

    return make


def test_a_renamed_code_is_refused_with_the_one_near_it(settings: Callable[..., Settings], upstream: Upstream) -> None:
    with pytest.raises(UnknownFacilityError, match=r"0STUBBOSF \(near: STUBSF Stubbo"):
        refuse_unknown_codes(settings(pv_facilities=("AVLSF", "0STUBBOSF")))
    refuse_unknown_codes(settings(pv_facilities=("AVLSF", "STUBSF")))
    assert upstream.asked("/facilities/") == 2


@pytest.mark.parametrize("changes", [{"pv_facilities": ()}, {"pv_facilities": ("TYPO",), "open_nem_primary": None}])
def test_without_codes_or_a_key_nothing_is_asked(
    settings: Callable[..., Settings], upstream: Upstream, changes: dict[str, Any]
) -> None:
    refuse_unknown_codes(settings(**changes))
    assert upstream.asked("/facilities/") == 0


@pytest.mark.parametrize("fault", ["server_error", "not_json", "invalid_key", "wrong_shape", "dropped"])
def test_a_source_that_does_not_answer_stops_nothing(
    settings: Callable[..., Settings], upstream: Upstream, capsys: pytest.CaptureFixture[str], fault: str
) -> None:
    upstream.fault(fault)
    refuse_unknown_codes(settings(pv_facilities=("TYPO",)))
    assert "PV_FACILITIES was not checked" in capsys.readouterr().out
