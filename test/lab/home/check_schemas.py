"""Holds discovery payloads against Home Assistant's own schemas.

Reads a JSON list of device discovery payloads, prints a JSON list of what is wrong with them. Home Assistant drops
a component's unknown keys silently, so a key that does not come out of the platform's schema is wrong too.
"""

import asyncio
import importlib
import json
import sys
import tempfile

from homeassistant.components.mqtt import discovery, schemas
from homeassistant.core import HomeAssistant

# Home Assistant merges these into a component before its platform sees it.
MERGED = {"platform", *schemas.SHARED_OPTIONS}


def check_component(device: str, key: str, config: dict) -> list[str]:
    """Give what is wrong with one component."""
    platform = importlib.import_module(f"homeassistant.components.mqtt.{config['platform']}")
    given = {k: v for k, v in config.items() if k != "platform"}
    try:
        known = platform.DISCOVERY_SCHEMA(dict(given))
    except Exception as err:  # noqa: BLE001
        return [f"{device} {key}: {err}"]
    return [f"{device} {key}: {name} is unknown" for name in given if name not in known]


def check(payload: dict) -> list[str]:
    """Give what is wrong with one device."""
    config = discovery.MQTTDiscoveryPayload(payload)
    discovery._replace_all_abbreviations(config)
    name = config.get("device", {}).get("name", "?")
    try:
        schemas.validate_device_discovery_components(schemas.DEVICE_DISCOVERY_SCHEMA(config))
    except Exception as err:  # noqa: BLE001
        return [f"{name}: {err}"]
    wrong = []
    for key, component in config["components"].items():
        shared = {k: config[k] for k in schemas.SHARED_OPTIONS if k in config and k not in component}
        validated = dict(component)
        if component["platform"] in ("sensor", "binary_sensor", "select", "lock"):
            validated = {k: v for k, v in shared.items() if k == "state_topic"} | validated
        wrong += check_component(name, key, validated)
    return wrong


async def main() -> None:
    """Check what comes in."""
    # Templates are only valid where there is a Home Assistant.
    HomeAssistant(tempfile.gettempdir())
    payloads = json.load(sys.stdin)
    print(json.dumps([problem for payload in payloads for problem in check(payload)]))


asyncio.run(main())
