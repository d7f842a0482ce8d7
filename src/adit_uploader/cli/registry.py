"""Which commands there are, without importing them."""

import importlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import argparse

    from .options import Subparsers

MODULES = {
    "scan": "scan",
    "preview": "preview",
    "deidentify": "deidentify",
    "upload": "upload",
    "jobs": "jobs",
    "login": "sign_in",
    "logout": "sign_in",
    "key": "key",
    "profile": "profiles",
    "diagnostics": "diagnostics",
}
"""The module of each command: a run imports its own alone, which decides how soon it is at work."""


def register(subparsers: "Subparsers[argparse.ArgumentParser]", commands: Iterable[str]) -> None:
    """Adds some commands of this room to the program's parser."""
    for module in dict.fromkeys(MODULES[command] for command in commands):
        importlib.import_module(f".{module}", __package__).register(subparsers)
