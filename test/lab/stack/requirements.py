"""Prints what Home Assistant must find installed when it may not install by itself (`hass --skip-pip`).

Usage: requirements.py COMPONENTS INTEGRATION...
COMPONENTS is the folder homeassistant/components. Named are the integrations that the lab configures; the
frontend sets up every entity platform besides, and each integration brings those it depends on.
"""

import json
import pathlib
import sys

components = pathlib.Path(sys.argv[1])


def manifest(domain):
    return json.loads((components / domain / "manifest.json").read_text())


domains = {path.parent.name for path in components.glob("*/manifest.json")}
wanted = set(sys.argv[2:]) | {
    domain for domain in domains if manifest(domain).get("integration_type") == "entity"
}
found = set()
while wanted:
    domain = wanted.pop()
    found.add(domain)
    wanted |= set(manifest(domain).get("dependencies", [])) - found

print("\n".join(sorted({requirement for domain in found for requirement in manifest(domain).get("requirements", [])})))
