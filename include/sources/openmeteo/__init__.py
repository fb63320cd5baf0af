"""Open-Meteo: the client for archive, forecast and air quality, and what their bodies mean."""
