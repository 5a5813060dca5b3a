"""The bench's services: the same three routes on each framework, with sessions as the environment's SESSIONS says."""

import json
from pathlib import Path
from typing import Any

FOURTEEN_DAYS_SECONDS = 14 * 24 * 60 * 60

PROFILE: dict[str, Any] = json.loads(Path(__file__).parents[1].joinpath("profile.json").read_text(encoding="utf-8"))
"""What a login leaves in the session, beside the user's id."""
