"""`Found`: what comes of asking the other members of a site for something."""

from __future__ import annotations

from typing import Literal

Found = Literal["sent", "later", "none"]
"""`later`: a member has it or is about to, and cannot give it right now."""
