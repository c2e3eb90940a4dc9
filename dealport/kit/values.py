"""Names for data whose types its source knows and a type checker does not.

Everything else has a type of its own: a dataclass, a model, or `object` where nobody looks into it.
"""

from __future__ import annotations

from typing import Any

FieldValues = dict[str, Any]
"""Values by the name of their field or parameter: what a form or serializer validated, an action's changes."""
Json = dict[str, Any]
"""A JSON object, parsed or to be sent."""
