"""Clouds of a world, and what draws them: neighbours share them, values do not depend on the range that is asked for."""

from __future__ import annotations

import numpy as np

from infra.upstream.noise import remembering, text_seed
from infra.upstream.world.clouds import Clouds, Field
from infra.upstream.world.plants import distances_km
from infra.upstream.world.prices import FLOOR_AUD_MWH, SPIKES_AUD_MWH, Prices
from infra.upstream.world.sun import step_hours

DARLINGTON, COLEAMBALLY, KIDSTON = [-34.64, 146.04], [-34.76, 145.93], [-18.88, 144.15]
PLACES = np.array([DARLINGTON, COLEAMBALLY, KIDSTON])
HOURS = 24 * 365


def test_what_remembers_is_the_same_in_any_range_and_has_its_memory() -> None:
    seeds = np.array([[text_seed("a")], [text_seed("b")]], dtype=np.uint64)
    whole = remembering(seeds, 0, 1000, 5000, 0.75)

    assert (remembering(seeds, 0, 2500, 7, 0.75) == whole[:, 1500:1507]).all()
    assert np.abs(whole.std(axis=1) - 1).max() < 0.06
    assert np.abs([np.corrcoef(row[1:], row[:-1])[0, 1] - 0.75 for row in whole]).max() < 0.04
    assert abs(np.corrcoef(whole)[0, 1]) < 0.1


def test_neighbours_have_the_same_clouds_and_far_places_others() -> None:
    correlation = np.corrcoef(Field(3, "test", 450.0).values(PLACES, 0, HOURS))

    assert np.abs(correlation - np.exp(-distances_km(*PLACES.T) / 450)).max() < 0.2
    assert correlation[0, 1] > 0.9 > 0.3 > correlation[0, 2]


def test_the_reported_sky_misses_the_true_one_by_more_the_cloudier_it_is() -> None:
    clouds, first = Clouds(3), 14  # midnight at +10:00
    true = clouds.true(PLACES, first, HOURS).reshape(3, HOURS, 2).mean(axis=2)
    reported = clouds.reported(PLACES, first, HOURS)
    true_day, reported_day = (values.reshape(3, -1, 24)[:, :, 7:18].mean(axis=2) for values in (true, reported))
    error = np.log(true_day / reported_day)

    clear, broken, overcast = true_day > 0.85, (true_day > 0.6) & (true_day <= 0.85), true_day <= 0.6
    assert 0.04 < error[clear].std() < 0.10 < 0.12 < error[broken].std() < 0.22 < error[overcast].std() < 0.33
    assert abs(true.mean() / reported.mean() - 1) < 0.04


def test_the_sky_over_a_place_is_the_same_in_any_range_and_company() -> None:
    clouds = Clouds(3)

    assert np.allclose(clouds.reported(PLACES[1:2], 4000, 30), clouds.reported(PLACES, 0, 5000)[1:2, 4000:4030], rtol=1e-12)
    assert np.allclose(clouds.true(PLACES[2:], 4000, 30), clouds.true(PLACES, 0, 5000)[2:, 8000:8060], rtol=1e-12)


def test_prices_have_floors_and_evening_spikes() -> None:
    times_h = step_hours(480_000, HOURS)
    price = Prices(3).of("SA1", 10, np.zeros(len(times_h)), times_h)

    assert price.min() == FLOOR_AUD_MWH
    assert 5000 < price.max() < SPIKES_AUD_MWH[1]
    assert 60 < np.median(price) < 95
    assert np.abs((times_h[price > 1000] + 10) % 24 - 18.5).max() < 2
