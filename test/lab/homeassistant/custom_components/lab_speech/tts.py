"""Speaks a text as a tone of a second, as high in Hz as the last number in it: a phone can be asked what it heard."""

import io
import math
import re
import struct
import wave

from homeassistant.components.tts import Provider

RATE = 22050


def get_engine(hass, config, discovery_info=None):
    """Make the engine."""
    return LabSpeech()


class LabSpeech(Provider):
    """The engine."""

    name = "Lab speech"
    default_language = "en"
    supported_languages = ["en", "de"]
    supported_options = ["voice"]

    def get_tts_audio(self, message, language, options):
        """Give a WAV file that Asterisk cannot play as it is."""
        if "silence" in message:
            return (None, None)
        numbers = re.findall(r"\d+", message) or ["440"]
        step = 2 * math.pi * int(numbers[-1]) / RATE
        samples = (round(12000 * math.sin(step * index)) for index in range(RATE))
        file = io.BytesIO()
        with wave.open(file, "wb") as wav:
            wav.setnchannels(1)
            wav.setsampwidth(2)
            wav.setframerate(RATE)
            wav.writeframes(b"".join(struct.pack("<h", sample) for sample in samples))
        return ("wav", file.getvalue())
