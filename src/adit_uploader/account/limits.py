"""Bounds of what can be set."""

MAX_LANES = 16
