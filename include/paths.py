"""Where the project lies. Apart from the settings: image stages that only build depend on nothing else."""

from pathlib import Path

PROJECT_ROOT = Path(__file__).resolve().parent.parent
