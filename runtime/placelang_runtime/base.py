"""What every part of a plan document shares: frozen models that refuse unknown fields, and bounded text.

A plan is read from files that anyone may have written, so every string and every sequence has a limit.
"""

from __future__ import annotations

from operator import not_
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

LARGEST = 2**53
"""The largest amount: every JSON reader holds it exactly."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
"""A name of a site, host, group, service, replica or fact."""
Text = Annotated[str, StringConstraints(max_length=65_536)]
"""A sentence, a clause, a value."""
Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Count = Annotated[int, Field(ge=0, le=LARGEST)]
Moment = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}Z$")]
"""A minute, in UTC."""
Amounts = Annotated[dict[Name, Count], Field(max_length=256)]
"""By resource: cpu in millicores, memory and disk in bytes, bandwidth in bit/s, others in their type's base
unit."""

DeviceRules = Annotated[
    dict[Name, tuple[Annotated[str, StringConstraints(max_length=4_096)], ...]], Field(max_length=1_000)
]
"""By kind of device, the udev rules of which one has to hold."""


class Document(BaseModel):
    """A piece of the plan document: immutable, strict about its types, and closed to fields it does not
    know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


absent = not_
"""What says nothing stays out of the text of a plan, as it was before there was a word for it."""
