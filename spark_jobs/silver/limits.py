"""What no weather is like: physical limits of Open-Meteo's values, with their sources. Outside of them Silver refuses a value.

They are wide on purpose: a value inside may still be wrong, one outside cannot be right anywhere in Australia.
"""

IRRADIANCE_W_M2 = (-4.0, 1500.0)
"""From below, the thermal offset of a pyranometer (BSRN's physically possible minimum). From above, more than arrives outside the
atmosphere (1,361 W/m2, 1,408 in January): a mean of a whole hour stays below that."""

WEATHER = {
    "shortwave_radiation_w_m2": IRRADIANCE_W_M2,
    "direct_radiation_w_m2": IRRADIANCE_W_M2,
    "diffuse_radiation_w_m2": IRRADIANCE_W_M2,
    "direct_normal_irradiance_w_m2": IRRADIANCE_W_M2,
    "terrestrial_radiation_w_m2": IRRADIANCE_W_M2,
    # WMO's records: 56.7 degrees (Death Valley); Australia's coldest is -23.
    "temperature_2m_c": (-50.0, 60.0),
    "dew_point_2m_c": (-80.0, 45.0),
    "cloud_cover_pct": (0.0, 100.0),
    # WMO's record of an hour is 305 mm (Holt, Missouri).
    "precipitation_mm": (0.0, 400.0),
    "sunshine_duration_s": (0.0, 3600.0),
    # WMO's record gust is 113.2 m/s (Barrow Island, Western Australia).
    "wind_speed_10m_m_s": (0.0, 120.0),
    "wind_gusts_10m_m_s": (0.0, 120.0),
    "wind_direction_10m_deg": (0.0, 360.0),
    # WMO's records at sea level: 870 hPa (typhoon Tip), 1085 hPa (Mongolia).
    "pressure_msl_hpa": (850.0, 1100.0),
}
"""Bronze column -> lowest and highest value that can be."""

_CONCENTRATION_UG_M3 = (0.0, 100_000.0)

AIR_QUALITY = {
    "pm10_ug_m3": _CONCENTRATION_UG_M3,
    "pm2_5_ug_m3": _CONCENTRATION_UG_M3,
    "dust_ug_m3": _CONCENTRATION_UG_M3,
    "nitrogen_dioxide_ug_m3": _CONCENTRATION_UG_M3,
    "ozone_ug_m3": _CONCENTRATION_UG_M3,
    "sulphur_dioxide_ug_m3": _CONCENTRATION_UG_M3,
    "carbon_monoxide_ug_m3": _CONCENTRATION_UG_M3,
    # WMO's record is 43.3 (Licancabur, 5,900 m).
    "uv_index": (0.0, 45.0),
    "uv_index_clear_sky": (0.0, 45.0),
}
"""The same of air quality."""
