"""Fails when .env.example is not what include/settings.py prints."""

import sys

from include.paths import PROJECT_ROOT
from include.settings import example

if (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8") != example():
    sys.exit(".env.example is out of step with include/settings.py: run `python -m include.settings > .env.example`")
