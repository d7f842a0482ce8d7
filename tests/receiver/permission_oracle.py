"""Who may do what, written down from the design alone (permissions, lock, tokens), and from nothing of the product."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain, combinations, product

UPLOAD = "can_upload"
OF_MODE = {
    "internal": "can_upload_internal",
    "batch": "can_upload_batch",
    "fixed": "can_upload_fixed",
    "none": "can_upload_unpseudonymized",
}
PERMISSIONS = (UPLOAD, *OF_MODE.values())
MODES = tuple(OF_MODE)
DESTINATIONS = ("own", "other")  # of the user's group, and of another group
TOKENS = ("valid", "expired", "revoked")
HOUSES = ("open", "locked", "suspended", "maintenance")

NO_TOKEN, NO_PERMISSION, LOCKED = 4401, 4403, 4423
OPENED, NO_MODE, NO_DESTINATION = "opened", "mode-not-allowed", "destination-not-allowed"


@dataclass(frozen=True, slots=True)
class Situation:
    """A user, a token and a house."""

    permissions: frozenset[str]
    token: str = "valid"
    house: str = "open"
    active: bool = True
    staff: bool = False

    def __str__(self) -> str:
        granted = "+".join(sorted(name.removeprefix("can_") for name in self.permissions)) or "nothing"
        kind = "staff" if self.staff else "user"
        return f"{'active' if self.active else 'inactive'} {kind} with {granted}, token {self.token}, {self.house}"


def at_the_entrance(given: Situation) -> int:
    """The code with which the connection is closed; 0: welcome. Suspended means that forwarding waits, and no more."""
    if given.token != "valid" or not given.active:
        return NO_TOKEN
    if given.house == "maintenance" or (given.house == "locked" and not given.staff):
        return LOCKED
    return 0 if UPLOAD in given.permissions else NO_PERMISSION


def modes_of(given: Situation) -> tuple[str, ...]:
    """The modes that the welcome names."""
    return tuple(mode for mode in MODES if OF_MODE[mode] in given.permissions)


def at_a_job(given: Situation, mode: str, destination: str) -> set[int | str]:
    """What a job may be answered with; where two things are wrong, either may be said."""
    if code := at_the_entrance(given):
        return {code}
    wrong: set[int | str] = set()
    if mode not in modes_of(given):
        wrong.add(NO_MODE)
    if destination != "own":
        wrong.add(NO_DESTINATION)
    return wrong or {OPENED}


def subsets() -> Iterator[frozenset[str]]:
    """All 32 sets of permissions."""
    every = chain.from_iterable(combinations(PERMISSIONS, size) for size in range(len(PERMISSIONS) + 1))
    return map(frozenset, every)


FEW = (frozenset(), frozenset({UPLOAD}), frozenset(OF_MODE.values()), frozenset(PERMISSIONS))


def situations(*, wide: bool = False, whole: bool = False) -> list[Situation]:
    """Every token, house and kind of user, each with a few sets of permissions: 192 of them.

    Args:
        wide: plain users with a valid token in an open house with all 32 sets.
        whole: all with all sets, which is 1,536.
    """
    found = []
    for token, house, active, staff in product(TOKENS, HOUSES, (True, False), (False, True)):
        plain = (token, house, active, staff) == ("valid", "open", True, False)
        sets = subsets() if whole or (wide and plain) else FEW
        found += [Situation(permissions, token, house, active, staff) for permissions in sets]
    return found
