"""OpenElectricity API v4: the client, and what its bodies mean."""
