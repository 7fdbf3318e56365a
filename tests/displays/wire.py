"""docs/wire/*.schema.json, held against what is really said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

FOLDER = Path(__file__).parents[2] / "docs" / "wire"


@cache
def schema(side: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{side}.schema.json").read_text())
    Draft202012Validator.check_schema(found)
    return found


@cache
def _validator(side: str, name: str) -> Draft202012Validator:
    whole = schema(side)
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": whole["$defs"]})


def messages(side: str) -> list[str]:
    """The names of all messages of a side."""
    return [each["$ref"].rpartition("/")[2] for each in schema(side)["oneOf"]]


def name_of(message: Mapping[str, Any]) -> str:
    """Under which name the schema has a message."""
    if message.get("type") != "dashboard_event":
        return str(message.get("type"))
    if message["event"] == "system.status":
        topic = str(message["data"].get("topic"))
        return "installation_status" if topic == "dashboard" else "feed_status"
    return str(message["event"])


def complaints(message: Mapping[str, Any], side: str = "server") -> list[str]:
    """What the schema has against a message; nothing, where it is as documented."""
    name = name_of(message)
    if name not in messages(side):
        return [f"no message is called {name!r}"]
    errors = _validator(side, name).iter_errors(message)
    return [f"{name}: {each.json_path}: {each.message}" for each in errors]
