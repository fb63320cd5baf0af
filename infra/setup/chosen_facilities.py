"""Whether the source has the facilities that PV_FACILITIES names, asked before the first run is scheduled.

A code that was renamed (0STUBBOSF became STUBSF) brings no error at the source, and no data either.
"""

from __future__ import annotations

import requests

from include.errors import FacilityUnknown, KeyMissing
from include.registry import refuse_unknown
from include.settings import Settings
from include.sources.openelectricity.bodies import SOLAR, facility_names
from include.sources.openelectricity.client import BearerKey
from include.sources.strict_json import NotJson, Unreadable
from infra.progress import say
from infra.refusal import RefusedError

_TIMEOUT_SECONDS = 15.0


class UnknownFacilityError(RefusedError):
    """PV_FACILITIES names what the source does not have."""


def refuse_unknown_codes(settings: Settings) -> None:
    """Raise `UnknownFacilityError` where PV_FACILITIES names a code that the source lacks; costs one credit where it names any.

    A source that does not answer stops nothing: the runs ask it again, and their registry task refuses too.
    """
    key = settings.open_nem_primary
    if not settings.pv_facilities or key is None:
        return
    try:
        answer = requests.get(
            settings.open_nem_api_url.rstrip("/") + "/facilities/",
            params={"fueltech_id": SOLAR},
            auth=BearerKey("OPEN_NEM_PRIMARY", key),
            timeout=_TIMEOUT_SECONDS,
            allow_redirects=False,
        )
        names = facility_names(answer.text) if answer.status_code == 200 else {}
    except (requests.RequestException, KeyMissing, NotJson, Unreadable):
        names = {}
    if not names:
        say("up: PV_FACILITIES was not checked, the registry did not answer; the runs check it again")
        return
    try:
        refuse_unknown(settings.pv_facilities, names)
    except FacilityUnknown as fault:
        raise UnknownFacilityError(str(fault)) from fault
