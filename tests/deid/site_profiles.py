"""Profiles of a site's own, made for one test."""

from collections.abc import Iterable, Mapping

from adit_uploader.deid.errors import InvalidProfile, ProfileProblem
from adit_uploader.deid.profile_file import read_profile
from adit_uploader.deid.profiles import Profile

Rule = Mapping[str, str]


def rule(element: str, action: str, **more: str) -> Rule:
    """One rule, with a reason."""
    return {"element": element, "action": action, "reason": "The ethics vote allows it.", **more}


def text_of(*rules: Rule, base: str = "research", name: str = "our-study", version: int = 1) -> str:
    """A profile's file."""
    head = f'name = "{name}"\nversion = {version}\nbase = "{base}"\nsummary = "Made for a test."\n'
    return head + "".join("\n[[rule]]\n" + "".join(_pair(*one) for one in each.items()) for each in rules)


def _pair(key: str, value: str) -> str:
    return f"{key} = '{value}'\n"


def site_profile(*rules: Rule, **head: str | int) -> Profile:
    """A profile, read from its file."""
    return read_profile(text_of(*rules, **head))  # type: ignore[arg-type]  # base and name are texts, version is none


def problems_of(text: str | bytes) -> tuple[ProfileProblem, ...]:
    """What is wrong with a file."""
    try:
        read_profile(text, "our.toml")
    except InvalidProfile as error:
        return error.problems
    return ()


def said(problems: Iterable[ProfileProblem]) -> list[tuple[int, str]]:
    """Lines and keys."""
    return [(problem.line, problem.key) for problem in problems]
