"""The de-identification profiles in words. A site's own ones speak for themselves, in their writer's language."""

from collections.abc import Sequence

from PySide6.QtCore import QCoreApplication

from adit_uploader.desktop.values import ProfileOption

translate = QCoreApplication.translate


def name(option: ProfileOption) -> str:
    """The line of the dropdown."""
    if option.hash:
        return translate("Profiles", "{name}, version {version}").format(name=option.name, version=option.version)
    return {
        "basic": translate("Profiles", "Basic: everything that may identify goes"),
        "research": translate("Profiles", "Research: dates moved"),
        "research-full-dates": translate("Profiles", "Research with real dates"),
    }[option.name]


def summary(option: ProfileOption) -> str:
    """One sentence or two."""
    if option.hash:
        return translate("Profiles", "{summary} (hash {hash})").format(summary=option.summary, hash=option.hash)
    return {
        "basic": translate("Profiles", "The standard's Basic Profile: dates and descriptions go too."),
        "research": translate(
            "Profiles", "Sex, size, device and cleaned descriptions stay; all dates move by one number of days."
        ),
        "research-full-dates": translate("Profiles", "As Research, but dates stay as they are."),
    }[option.name]


def warning(kept: Sequence[str], *, more: int = 0) -> str:
    """That a profile keeps identifiers, and which."""
    named = ", ".join(kept)
    if more:
        return translate("Profiles", "This profile keeps identifiers: {names} and {count} more.").format(
            names=named, count=more
        )
    return translate("Profiles", "This profile keeps identifiers: {names}.").format(names=named)


def unusable(names: Sequence[str]) -> str:
    """That the server offers profiles which this program understands otherwise."""
    return translate("Profiles", "Not usable by this version of the program: {names}.").format(names=", ".join(names))
