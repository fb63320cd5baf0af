"""Fails when .env.example is not what include/settings.py prints."""

import sys

from include.settings import PROJECT_ROOT, example

if (PROJECT_ROOT / ".env.example").read_text(encoding="utf-8") != example():
    sys.exit(".env.example is out of step with include/settings.py: run `python -m include.settings > .env.example`")
