"""The records of the sources fit what is made from them."""

from types import SimpleNamespace

import pytest

from include.contracts import load
from include.sources import fetch
from include.sources.records import FAMILIES, SOURCES, asked, names, of_family, source


def test_every_source_has_a_table_a_reader_and_a_fetch_of_its_own() -> None:
    for each in SOURCES:
        assert load(each.table).schema_name == "bronze"
        assert callable(each.read())
        assert callable(getattr(fetch, f"fetch_{each.task}"))
    for column in ("name", "task", "table"):
        assert len({getattr(each, column) for each in SOURCES}) == len(SOURCES)


def test_the_registry_is_asked_first_and_every_source_has_a_family() -> None:
    assert [each.is_registry for each in SOURCES] == [True] + [False] * (len(SOURCES) - 1)
    assert {name for family in FAMILIES for name in names(*of_family(family.name))} == set(names(*SOURCES))


def test_a_source_with_a_setting_is_asked_when_that_is_on() -> None:
    switches = ("pv_market", "pv_control", "pv_satellite_irradiance", "pv_unit_solution")
    off, on = (names(*asked(SimpleNamespace(**dict.fromkeys(switches, value)))) for value in (False, True))
    assert set(on) - set(off) == {"oe_market", "oe_control", "om_satellite", "aemo_unit_solution"}


def test_what_others_need_is_not_beside_them_and_can_be_left_out_when_it_is() -> None:
    beside = [each for each in SOURCES if each.is_beside]
    assert names(*beside) == ("oe_market", "oe_control", "aemo_unit_solution")
    assert all(each.setting and not each.is_registry for each in beside)


def test_an_unknown_source_is_named_with_the_known_ones() -> None:
    with pytest.raises(KeyError, match="no source 'om_tides'; there are oe_facilities"):
        source("om_tides")
