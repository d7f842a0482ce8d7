"""A site's own profile, from its file: read whole and checked whole, so that all mistakes are told at once.

``docs/profiles.md`` describes the format. Nothing here reads a disk: the file's bytes come from the caller.
"""

import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar

from adit_uploader.deid.claims import weighed
from adit_uploader.deid.errors import InvalidProfile, ProfileProblem
from adit_uploader.deid.profile_checks import PRIVATE_VRS, faults, idle
from adit_uploader.deid.profile_elements import UnknownElement, target_of
from adit_uploader.deid.profiles import PROFILES, Profile, Site
from adit_uploader.deid.rules import Rules
from adit_uploader.deid.site_rules import SiteRule, Target, Verb
from adit_uploader.deid.toml_lines import lines_of
from adit_uploader.protocol.limits import MAX_PROFILE_LENGTH

MAX_RULES = 300
MAX_VERSION = 99_999
MAX_WORDS = 300  # characters of a summary or a reason

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,22}[a-z0-9])?")
_KEYS = ("name", "version", "base", "summary", "rule")
_RULE_KEYS = ("element", "creator", "vr", "action", "value", "reason")
_AT_LINE = re.compile(r" *\(at (?:line (\d+), column \d+|end of document)\)")
_BOM = "\ufeff"

_Finding = TypeVar("_Finding")


def read_profile(data: bytes | str, file: str = "") -> Profile:
    """Return the profile that a file holds.

    Args:
        data: the file, as it is.
        file: its name, for messages.

    Raises:
        InvalidProfile: with every problem of the file.
    """
    reading = _Reading()
    found = reading.profile(data)
    if found is None:
        raise InvalidProfile(tuple(sorted(set(reading.problems))), file)
    return found


class _Reading:
    def __init__(self) -> None:
        self.problems: list[ProfileProblem] = []
        self._lines: Mapping[tuple[str | int, ...], int] = {}

    def profile(self, data: bytes | str) -> Profile | None:
        text = self._text(data)
        document = None if text is None else self._document(text)
        if text is None or document is None:
            return None
        self._unknown_keys((), document, _KEYS)
        name = self._name(document)
        version = self._version(document)
        summary = self._words((), document, "summary", "one sentence that says what the profile is for")
        base = self._base(document)
        rules = self._rules(document, base)
        if self.problems or base is None:
            return None
        return self._whole(Profile(name, version, base.options, summary), base, rules, text)

    # ------------------------------------------------------------ the file

    def _text(self, data: bytes | str) -> str | None:
        if isinstance(data, bytes):
            if len(data) > 4 * MAX_PROFILE_LENGTH:  # UTF-8 has at most four bytes a character
                self._too_large()
                return None
            try:
                text = data.decode("utf-8")
            except UnicodeDecodeError as error:
                line = data[: error.start].count(b"\n") + 1
                self._say(line, "", "the file is not written in UTF-8; save it anew with this encoding")
                return None
        else:
            text = data
        text = text.removeprefix(_BOM).replace("\r\n", "\n")
        if len(text) > MAX_PROFILE_LENGTH:
            self._too_large()
            return None
        return text

    def _too_large(self) -> None:
        self._say(1, "", f"the file is larger than {MAX_PROFILE_LENGTH} characters; a profile needs far less")

    def _document(self, text: str) -> dict[str, Any] | None:
        try:
            document = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            match = _AT_LINE.search(str(error))
            line = int(match[1]) if match and match[1] else max(1, text.rstrip("\n").count("\n") + 1)
            self._say(line, "", f"this is not valid TOML: {_AT_LINE.sub('', str(error))}")
            return None
        except RecursionError:
            self._say(1, "", "this is not valid TOML: its brackets are nested too deeply")
            return None
        self._lines = lines_of(text)
        return document

    # ------------------------------------------------------------ its head

    def _name(self, document: Mapping[str, Any]) -> str:
        name = document.get("name")
        if name is None:
            self._say(1, "name", 'the key is missing: give the profile a name, such as name = "our-study"')
        elif not isinstance(name, str) or not _NAME.fullmatch(name):
            self._at(("name",), "a name is at most 24 small letters a-z, digits and hyphens, no hyphen at its ends")
        elif name in PROFILES:
            self._at(("name",), f"{name} is the name of a built-in profile; choose another one")
        return str(name)

    def _version(self, document: Mapping[str, Any]) -> int:
        version = document.get("version")
        if version is None:
            self._say(1, "version", "the key is missing: begin with version = 1 and count up with every change")
        elif type(version) is not int or not 1 <= version <= MAX_VERSION:
            self._at(("version",), f"a version is a whole number from 1 to {MAX_VERSION}, without quotes")
        else:
            return version
        return 0

    def _base(self, document: Mapping[str, Any]) -> Profile | None:
        base = document.get("base")
        known = ", ".join(PROFILES)
        if base is None:
            self._say(1, "base", f"the key is missing: name the built-in profile that holds elsewhere ({known})")
        elif not isinstance(base, str) or base not in PROFILES:
            self._at(("base",), f"there is no such built-in profile; the base is one of {known}")
        else:
            return PROFILES[base]
        return None

    def _words(self, path: tuple[str | int, ...], table: Mapping[str, Any], key: str, what: str) -> str:
        words = table.get(key)
        if words is None:
            self._say(self._lines.get(path, 1), key, f"the key is missing: {what}")
        elif not isinstance(words, str) or not words.strip():
            self._at((*path, key), f"a text is needed: {what}")
        elif len(words) > MAX_WORDS or any(ord(one) < 0x20 or 0x7F <= ord(one) < 0xA0 for one in words):
            self._at((*path, key), f"a text of one line with at most {MAX_WORDS} characters is needed")
        else:
            return words.strip()
        return ""

    # ------------------------------------------------------------ its rules

    def _rules(self, document: Mapping[str, Any], base: Profile | None) -> tuple[SiteRule, ...]:
        tables = document.get("rule", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            self._at(("rule",), "each rule is a table of its own, under a line [[rule]]")
            return ()
        if len(tables) > MAX_RULES:
            self._at(("rule", MAX_RULES), f"a profile has at most {MAX_RULES} rules")
            return ()
        bases = tuple(PROFILES.values()) if base is None else (base,)  # without one, what is wrong with each is told
        based = tuple(Rules(one) for one in bases)
        rules: list[SiteRule] = []
        at: dict[Target, int] = {}
        for number, table in enumerate(tables):
            rule = self._rule(number, table, based, at)
            if rule is not None:
                rules.append(rule)
        rules.sort(key=lambda rule: (rule.target.tag, rule.target.parent or 0, rule.target.creator))
        self._idle(rules, at, bases)
        return tuple(rules)

    def _rule(
        self, number: int, table: Mapping[str, Any], bases: tuple[Rules, ...], at: dict[Target, int]
    ) -> SiteRule | None:
        """One rule, None where what it does is wrong; all that is wrong is told.

        Args:
            bases: what it may be based on; a mistake is what is one with all of them.
            at: where the targets so far have their rules; grows.
        """
        path = ("rule", number)
        self._unknown_keys(path, table, _RULE_KEYS)
        reason = self._words(path, table, "reason", "say why, for whoever answers for it later")
        target = self._target(path, table)
        if target is not None and at.setdefault(target, number) != number:
            line = self._lines["rule", at[target]]
            self._at((*path, "element"), f"{target.name} has a rule in line {line} already; keep one")
        before = len(self.problems)  # whatever else is wrong: from here on it is what the rule does
        verb = self._verb(path, table)
        vr = self._vr(path, table, target, verb)
        value = self._value(path, table, verb)
        if len(self.problems) > before or target is None or verb is None:
            return None
        rule = SiteRule(target, verb, reason, value, vr)
        for key, message in _common([faults(rule, base) for base in bases]):
            self._at((*path, key), message)
        return rule if len(self.problems) == before and at[target] == number else None

    def _verb(self, path: tuple[str | int, ...], table: Mapping[str, Any]) -> Verb | None:
        action = table.get("action")
        known = ", ".join(Verb)
        if action is None:
            self._say(self._lines[path], "action", f"the key is missing: one of {known}")
        elif not isinstance(action, str) or action not in set(Verb):
            self._at((*path, "action"), f"there is no such action; it is one of {known}")
        else:
            return Verb(action)
        return None

    def _target(self, path: tuple[str | int, ...], table: Mapping[str, Any]) -> Target | None:
        element, creator = table.get("element"), table.get("creator", "")
        if element is None:
            self._say(self._lines[path], "element", "the key is missing: a keyword (PatientSex) or a tag (0010,0040)")
        elif not isinstance(element, str):
            self._at((*path, "element"), "a text in quotes is needed: a keyword or a tag")
        elif not isinstance(creator, str) or ("creator" in table and not creator):
            self._at((*path, "creator"), "a text in quotes is needed: the private creator, as the files have it")
        else:
            try:
                return target_of(element.strip(), creator)
            except UnknownElement as error:
                self._at((*path, "element"), str(error))
        return None

    def _vr(
        self, path: tuple[str | int, ...], table: Mapping[str, Any], target: Target | None, verb: Verb | None
    ) -> str:
        vr = table.get("vr")
        if target is None:
            return ""
        if not target.creator:
            if vr is not None:
                self._at((*path, "vr"), "only private elements need it; leave it out")
        elif vr is None:
            if verb is not Verb.REMOVE:
                self._say(self._lines[path], "vr", "the key is missing: no dictionary knows private elements")
        elif not isinstance(vr, str) or vr not in PRIVATE_VRS:
            self._at((*path, "vr"), f"a private element of this VR is not supported; possible: {_listed(PRIVATE_VRS)}")
        else:
            return vr
        return "UN" if target.creator else ""

    def _value(self, path: tuple[str | int, ...], table: Mapping[str, Any], verb: Verb | None) -> str:
        value = table.get("value")
        if verb is None:
            return ""
        if verb is not Verb.REPLACE:
            if value is not None:
                self._at((*path, "value"), "only the action replace has a value; leave it out")
        elif value is None:
            self._say(self._lines[path], "value", "the key is missing: the text that replaces")
        elif not isinstance(value, str):
            self._at((*path, "value"), 'a text in quotes is needed, numbers too: value = "0"')
        else:
            return value
        return ""

    def _idle(self, rules: list[SiteRule], at: Mapping[Target, int], bases: tuple[Profile, ...]) -> None:
        whole = [Rules(_with(Profile("", 0, base.options, ""), base, tuple(rules), "", "")) for base in bases]
        wrong = at.keys() - {rule.target for rule in rules}
        for rule in rules:
            if rule.target.parent is not None and Target(rule.target.parent) in wrong:
                continue  # what its sequence is meant to become is not known yet
            for why in _common([(idle(rule, one),) for one in whole]):
                if why is not None:
                    self._at(("rule", at[rule.target], "element"), f"{rule.target.name} has no effect: {why}")

    # ------------------------------------------------------------ the rest

    def _unknown_keys(self, path: tuple[str | int, ...], table: Mapping[str, Any], known: tuple[str, ...]) -> None:
        for key in table:
            if key not in known:
                self._at((*path, key), f"there is no such key here; possible: {', '.join(known)}")

    def _whole(self, head: Profile, base: Profile, rules: tuple[SiteRule, ...], text: str) -> Profile:
        digest = hashlib.sha256(canonical(head, base, rules).encode()).hexdigest()
        return weighed(_with(head, base, rules, text, digest), base)

    def _at(self, path: tuple[str | int, ...], message: str) -> None:
        """A problem of a key that is there."""
        key = str(path[-1]) if isinstance(path[-1], str) else ""
        self._say(self._lines.get(path, 1), key, message)

    def _say(self, line: int, key: str, message: str) -> None:
        self.problems.append(ProfileProblem(line, key, message))


def canonical(head: Profile, base: Profile, rules: tuple[SiteRule, ...]) -> str:
    """The content in one form, whatever the file's white space, comments, order of rules and way to name elements.

    JSON (RFC 8259) with sorted keys and no spaces, letters beyond ASCII as they are; described in docs/profiles.md.
    """
    content = {
        "format": 1,
        "name": head.name,
        "version": head.version,
        "base": base.name,
        "base_version": base.version,
        "summary": head.summary,
        "rules": [
            {
                "element": rule.target.canonical,
                "vr": rule.vr,
                "action": rule.verb.value,
                "value": rule.value,
                "reason": rule.reason,
            }
            for rule in sorted(rules, key=lambda rule: rule.target.canonical)
        ],
    }
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _with(head: Profile, base: Profile, rules: tuple[SiteRule, ...], text: str, digest: str) -> Profile:
    site = Site(base.name, base.version, rules, text, digest, keeps=(), claims=None, mixed_dates=False)
    return Profile(head.name, head.version, head.options, head.summary, site)


def _common(found: Sequence[Iterable[_Finding]]) -> list[_Finding]:
    """What all of them hold, in the order of the first."""
    first, *others = [list(one) for one in found]
    return [one for one in first if all(one in other for other in others)]


def _listed(vrs: frozenset[str]) -> str:
    return ", ".join(sorted(vrs))
