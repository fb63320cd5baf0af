"""The landing folder as Spark's user sees it: names to list, addresses to read."""

import os
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

from pydantic import SecretStr

from include.settings import Settings
from include.sources.landing import Landing


class LandingObjects(Protocol):
    """Where envelopes are. `prefix` is the folder's key inside its bucket."""

    @property
    def prefix(self) -> str: ...  # noqa: D102

    def keys(self, source: str) -> list[str]:
        """Return the keys (request_ids) of all envelopes of a source."""
        ...

    def uri(self, key: str) -> str:
        """Return the address under which Spark reads a key."""
        ...


@dataclass(frozen=True)
class S3Landing:
    """The landing folder in the object store, read with the credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."""

    landing: Landing
    bucket: str
    prefix: str

    @classmethod
    def of(cls, settings: Settings) -> "S3Landing":
        """Open it; raises KeyError naming the variable where a credential is missing."""
        parts = urlsplit(settings.landing_uri)
        own = {
            "landing_s3_access_key": os.environ["AWS_ACCESS_KEY_ID"],
            "landing_s3_secret_key": SecretStr(os.environ["AWS_SECRET_ACCESS_KEY"]),
        }
        return cls(Landing(settings.model_copy(update=own)), parts.netloc, parts.path.strip("/"))

    def keys(self, source: str) -> list[str]:
        """Return the keys of all envelopes of a source. Raises `LandingUnavailable`."""
        return self.landing.keys(source)

    def uri(self, key: str) -> str:
        """Return the S3A address of a key."""
        return f"s3a://{self.bucket}/{key}"
