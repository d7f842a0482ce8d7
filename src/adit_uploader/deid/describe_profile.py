"""A site's own profile in words: what happens to each element, and why (``adit-uploader profile describe``)."""

from adit_uploader.deid.claims import base_of
from adit_uploader.deid.describe import describe, name_of
from adit_uploader.deid.profiles import Profile
from adit_uploader.deid.rules import Rules
from adit_uploader.deid.site_rules import SiteRule, Verb

_EVERY = """\
Where the profile has a rule of its own, that is what happens. PatientID and PatientName carry the pseudonym; UIDs that
name the instance are always new."""
_WORDS = {
    Verb.KEEP: "kept",
    Verb.REMOVE: "removed (emptied or a dummy where the object needs it)",
    Verb.EMPTY: "emptied (a dummy where the object needs a value)",
    Verb.CLEAN: "cleaned",
    Verb.NEW_UID: "new UID",
    Verb.SHIFT: "moved",
}


def words_of(rule: SiteRule) -> str:
    """What a rule does, in words."""
    return f"replaced by `{_cell(rule.value)}`" if rule.verb is Verb.REPLACE else _WORDS[rule.verb]


def page_of(profile: Profile) -> str:
    """The page, as Markdown. Of a built-in profile it has no own rules."""
    rules = profile.site.rules if profile.site else ()
    parts = [f"# {profile.name}, version {profile.version}", profile.summary, _head(profile)]
    if rules:
        parts += ["## Its own rules", _own(profile, rules)]
    parts += ["## Every element of the standard's table", _EVERY, _every(profile)]
    return "\n\n".join(parts) + "\n"


def _head(profile: Profile) -> str:
    lines = [f"- written into (0012,0063): {'; '.join(profile.methods)}"]
    codes = ", ".join(f"{code.value} {code.meaning}" for code in profile.codes)
    lines.append(f"- codes in (0012,0064): {codes or 'none, since it keeps what the Basic Profile removes'}")
    lines.append(f"- (0028,0303): {profile.longitudinal}")
    if profile.site is not None:
        lines.append(f"- base: {profile.site.base} version {profile.site.base_version}")
        lines.append(f"- hash (SHA-256): {profile.digest}")
    kept = ", ".join(target.name for target in profile.keeps_identifiers)
    lines.append(f"- keeps identifiers: {kept or 'none beyond its base'}")
    return "\n".join(lines)


def _own(profile: Profile, rules: tuple[SiteRule, ...]) -> str:
    lines = ["| element | what happens | identifier kept | why |", "|---|---|---|---|"]
    for rule in rules:
        kept = "yes" if rule.target in profile.keeps_identifiers else ""
        lines.append(f"| {_cell(rule.target.name)} | {words_of(rule)} | {kept} | {_cell(rule.reason)} |")
    return "\n".join(lines)


def _every(profile: Profile) -> str:
    base = base_of(profile)
    rules = profile.site.rules if profile.site else ()
    own = {rule.target.canonical: rule for rule in rules if rule.target.parent is None}
    lines = ["| element | name | what happens |", "|---|---|---|"]
    for row, letters in Rules(base).listed():
        tag = f"({row.tag[:4]},{row.tag[4:]})"
        rule = own.get(tag)
        words = describe(row, letters, base) if rule is None else f"**{words_of(rule)}**"
        lines.append(f"| {tag} | {name_of(row)} | {words} |")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
