"""A text-to-speech engine that needs nothing: see tts.py."""
