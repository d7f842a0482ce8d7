"""What a site's own profile leaves true of the standard's profile and options, and what it keeps beyond its base.

The codes of (0012,0064) are claims that others rely on. So an option is claimed only where its whole column of
Table E.1-1 is carried out, and the Basic Profile only where options that are claimed cover all that is kept beyond it.
"""

from collections.abc import Iterator

from adit_uploader.deid.annex_e import Row
from adit_uploader.deid.profile_checks import vr_of
from adit_uploader.deid.profiles import PROFILES, Option, Profile
from adit_uploader.deid.rules import Action, Rules, private_key
from adit_uploader.deid.site_rules import SiteRule, Target, Verb, is_overlay
from adit_uploader.values import replace

# How much of a value is left; UIDs and a site's own texts say nothing of the patient.
_LEFT = {
    **dict.fromkeys((Action.REMOVE, Action.EMPTY, Action.DUMMY, Action.SCRUB, Action.UID, Action.REPLACE), 0),
    **dict.fromkeys((Action.SHIFT, Action.CLEAN, Action.AGE, Action.TIMEZONE, Action.WEB), 1),
    **dict.fromkeys((Action.KEEP, Action.RETAIN, Action.ITEMS), 2),
}
_DATES = frozenset({Option.FULL_DATES, Option.MODIFIED_DATES})
_WHOLE_COLUMNS = (Option.INSTITUTION, Option.PATIENT, Option.DEVICE)  # that rules can fill, element by element
_LETTERS = {Verb.KEEP: "K", Verb.CLEAN: "C", Verb.SHIFT: "C"}


def base_of(profile: Profile) -> Profile:
    """The built-in profile that a site's own one is based on; a built-in one itself."""
    return profile if profile.site is None else PROFILES[profile.site.base]


def weighed(profile: Profile, base: Profile) -> Profile:
    """The profile with what its rules keep, and what they leave to be claimed."""
    if profile.site is None:
        return profile
    weighing = _Weighing(profile.site.rules, Rules(profile), Rules(base))
    site = replace(
        profile.site, keeps=weighing.keeps(), claims=weighing.claims(), mixed_dates=any(weighing.other_dates())
    )
    return replace(profile, site=site)


class _Weighing:
    def __init__(self, own: tuple[SiteRule, ...], rules: Rules, base: Rules) -> None:
        self._own = own
        self._rules = rules
        self._base = base

    def keeps(self) -> tuple[Target, ...]:
        return tuple(rule.target for rule in self._own if self._is_more(rule))

    def claims(self) -> frozenset[Option] | None:
        options = self._base.profile.options
        held = {option for option in options if not any(self._breaks(rule, option) for rule in self._own)}
        held |= {option for option in _WHOLE_COLUMNS if option not in options and self._fills(option)}
        covered = all(self._is_covered(rule, held) for rule in self._own if self._is_more(rule))
        return frozenset(held) if covered else None

    def other_dates(self) -> Iterator[bool]:
        """Of each rule whether it treats a date otherwise than the base treats dates."""
        for rule in self._own:
            row = self._row(rule)
            of_dates = row is None or not _DATES.isdisjoint(row.options)
            is_date = vr_of(rule) in {"DA", "DT", "TM"}
            yield is_date and self._changes(rule) and (of_dates or self._is_more(rule))

    def _action(self, rules: Rules, rule: SiteRule) -> Action:
        target = rule.target
        if target.creator:
            key = private_key(rule)
            return rules.private_action(key) if key in rules.private else Action.REMOVE
        if is_overlay(target.tag) and rules.drops(target.tag):
            return Action.REMOVE
        return rules.action(None, target.parent, target.tag, vr_of(rule))

    def _changes(self, rule: SiteRule) -> bool:
        return self._action(self._rules, rule) is not self._action(self._base, rule)

    def _is_more(self, rule: SiteRule) -> bool:
        return _LEFT[self._action(self._rules, rule)] > _LEFT[self._action(self._base, rule)]

    def _row(self, rule: SiteRule) -> Row | None:
        return None if rule.target.creator else self._base.table.rows.get(rule.target.tag)

    def _breaks(self, rule: SiteRule, option: Option) -> bool:
        """Whether a rule does otherwise than an option that the base has on."""
        if rule.target.creator:
            return option is Option.SAFE_PRIVATE and private_key(rule) in self._base.private and self._changes(rule)
        row = self._row(rule)
        unlisted_date = row is None and option in _DATES and vr_of(rule) in {"DA", "DT", "TM"}
        return (unlisted_date or (row is not None and option in row.options)) and self._changes(rule)

    def _fills(self, option: Option) -> bool:
        """Whether the rules do all that an option's column says."""
        by_tag = {rule.target.tag: rule for rule in self._own if rule.target.parent is None and not rule.target.creator}
        nested = {rule.target.tag for rule in self._own if rule.target.parent is not None}
        column = {tag: row for tag, row in self._base.table.rows.items() if option in row.options}
        return all(
            tag not in nested and self._letter(row, by_tag.get(tag)) == row.options[option]
            for tag, row in column.items()
        )

    def _letter(self, row: Row, rule: SiteRule | None) -> str:
        return self._base.letters(row) if rule is None else _LETTERS.get(rule.verb, "")

    def _is_covered(self, rule: SiteRule, held: set[Option]) -> bool:
        row = self._row(rule)
        letter = _LETTERS.get(rule.verb, "")
        return row is not None and any(row.options.get(option) == letter for option in held)
