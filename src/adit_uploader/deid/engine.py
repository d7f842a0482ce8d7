"""The engine: one file in, one finished header and the span of its pixel data out; whole result or nothing.

The pixel data is never decoded and never held: it is named as a span of the source and copied by whoever sends.
Only of deflated files, whose pixels lie inside the compressed data set, is the compressed form rebuilt in memory.

Most elements of a file are byte for byte those of the file before it. They are split off in one walk over the header.
What one says (``reading``) and what becomes of it (``finishing``) is found out for its bytes once, by all rules and
with every check, and is then the same for all files of the same situation. A file alone gives the same bytes.
"""

from functools import lru_cache, partial
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, NamedTuple, TypeVar

from adit_uploader.deid import dates, uids
from adit_uploader.deid.blanking.areas import Blanking, Rectangle
from adit_uploader.deid.cleaning import Cleaner
from adit_uploader.deid.collect import Fact, identity_of
from adit_uploader.deid.collect_tags import is_secret
from adit_uploader.deid.errors import InvalidSiteKey, ResidualIdentity, SourceChanged, SourceDamaged
from adit_uploader.deid.finished import Change, DeidentifiedInstance, PixelStream
from adit_uploader.deid.finishing import Finishing, Marks, Outcome
from adit_uploader.deid.identity import Identity, PatientSecrets
from adit_uploader.deid.marks import (
    IDENTITY_REMOVED,
    PATIENT_ID,
    PATIENT_NAME,
    STEPS,
    method_elements,
    text,
    trial_completion,
    trial_elements,
)
from adit_uploader.deid.part10 import deflated, front
from adit_uploader.deid.passing import PassThrough
from adit_uploader.deid.profiles import Option, Profile
from adit_uploader.deid.reading import SERIES, SOP_CLASS, SOP_INSTANCE, STUDY, Readings, Told
from adit_uploader.deid.residual import ResidualCheck
from adit_uploader.deid.rewrite import CHARACTER_SET, TWICE, Rewriter
from adit_uploader.deid.rules import Rules
from adit_uploader.deid.site_rules import Verb
from adit_uploader.deid.source import Source, opened
from adit_uploader.deid.texts import OUTPUT_CHARACTER_SET, is_plain
from adit_uploader.deid.tree import Element
from adit_uploader.deid.trial import NO_TRIAL, Trial
from adit_uploader.dicom.stretches import Familiar
from adit_uploader.dicom.texts import CharacterSet
from adit_uploader.filled import Filled
from adit_uploader.standard.uids import DEFLATED

if TYPE_CHECKING:
    from adit_uploader.deid.blanking.pixels import BlankedPixels

__all__ = [
    "Blanking",
    "Change",
    "DeidentifiedInstance",
    "Deidentifier",
    "PassThrough",
    "PatientSecrets",
    "Rectangle",
    "Trial",
]

SITE_KEY_LENGTH = 32
_REMEMBERED = 8  # situations, patients, character sets
_REMEMBERED_UIDS = 8192

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class _Situation(NamedTuple):
    """All that decides, beside its own bytes, what becomes of a public element of an outermost data set.

    Attributes:
        facts: what the file says of its patient and of others.
        declared: the element that declares its character set.
    """

    facts: frozenset[Fact]
    patient_id: str
    secrets: PatientSecrets | None
    pseudonym: str
    sop_class_uid: str
    transfer_syntax_uid: str
    declared: bytes


class _Made(NamedTuple):
    """All outcomes of a file, in the order of the result: of what lies before the pixel data, and of what behind."""

    before: list[Outcome]
    behind: list[Outcome]
    told: tuple[frozenset[tuple[int, str]], ...]

    def leaks(self, replaced: frozenset[str]) -> tuple[str, ...]:
        """Where the patient still is. replaced: the instance's own UIDs."""
        remains = [one.remains for part in (self.before, self.behind) for one in part if one.remains is not None]
        return tuple(dict.fromkeys(chain.from_iterable([one.against(replaced) for one in remains])))


class Deidentifier:
    """De-identifies by one profile and one site key; usable for any number of files of any patients.

    Remembers the last few situations, and what became of elements in them, in memory only.
    """

    def __init__(self, profile: Profile, site_key: bytes, trial: Trial = NO_TRIAL) -> None:
        """Prepare.

        Args:
            profile: what goes and what stays.
            site_key: 32 bytes.
            trial: written into every result.

        Raises:
            InvalidSiteKey: the key has another length.
        """
        if len(site_key) != SITE_KEY_LENGTH:
            raise InvalidSiteKey(
                Filled("A site key has {count} bytes. Tell the server's administrators.", count=SITE_KEY_LENGTH)
            )
        self.profile = profile
        self.trial = trial
        self._key = site_key
        self._rules = Rules(profile)
        self._method = method_elements(profile)
        self._method_blanked = method_elements(profile, blanked=True)
        self._new_uid = lru_cache(_REMEMBERED_UIDS)(partial(uids.new_uid, site_key))
        self._familiar = Familiar()
        self._retained = _retained(profile)
        self._checks: dict[tuple[Identity, Identity | None], ResidualCheck] = {}
        self._readings: dict[tuple[str, bytes], Readings] = {}
        self._situations: dict[_Situation, Finishing] = {}

    def deidentify(
        self,
        file: BinaryIO,
        size: int,
        *,
        pseudonym: str,
        patient_id: str,
        secrets: PatientSecrets | None = None,
        blanking: Blanking | None = None,
    ) -> DeidentifiedInstance:
        """Return the finished instance, checked. Whoever gets it closes it.

        Args:
            file: the source, seekable, at any position.
            size: bytes of the source.
            pseudonym: the new PatientID and PatientName.
            patient_id: the original PatientID as the scan gave it; decides the date shift.
            secrets: what identifies this patient in any of the instances.
            blanking: rectangles to be overwritten with black in every frame; the result says so.

        Raises:
            DeidentificationError: or one of its subclasses; nothing of the file may then be sent.
        """
        with opened(file, size, self._familiar) as source:
            person = (patient_id, secrets, pseudonym)
            if blanking is None:
                return self._result(source, *person, None)
            from adit_uploader.deid.blanking.pixels import blank  # noqa: PLC0415 - few files are blanked

            elements = [source.element(raw) for raw in source.before.raws]
            blanked = blank(source.stream, source.structure, elements, blanking)
            try:
                return self._result(source, *person, blanked)
            except BaseException:
                blanked.body.close()
                raise

    def _result(
        self,
        source: Source,
        patient_id: str,
        secrets: PatientSecrets | None,
        pseudonym: str,
        blanked: "BlankedPixels | None",
    ) -> DeidentifiedInstance:
        if len(set(source.structure.tags)) < len(source.structure.tags):
            raise SourceDamaged(TWICE)
        syntax, declared = source.structure.transfer_syntax_uid, source.before.raw(CHARACTER_SET)
        readings = self._readings_of(source, declared)
        told = readings.told_by(source)
        names = told.names()
        _check_patient(told, patient_id)
        situation = _Situation(told.facts, patient_id, secrets, pseudonym, names[SOP_CLASS], syntax, declared)
        finishing = self._situations.get(situation)
        if finishing is None:
            finishing = self._finishing(situation, source, readings)
            _remember(self._situations, situation, finishing)
        made = self._made(source, told, finishing, pseudonym, blanked)
        if made.leaks(told.replaced):
            finishing = self._finishing(situation, source, readings, told.replaced)
            made = self._made(source, told, finishing, pseudonym, blanked)
            if leaks := made.leaks(told.replaced):
                raise ResidualIdentity(leaks)
        return self._finished(source, names, made, pseudonym, blanked)

    def new_uid(self, uid: str) -> str:
        """The UID that replaces this one."""
        return self._new_uid(uid)

    def date_shift(self, patient_id: str) -> int:
        """Days that all dates of this patient move by."""
        return dates.date_shift(self._key, patient_id)

    def _readings_of(self, source: Source, declared: bytes) -> Readings:
        """What reads files of this transfer syntax and character set."""
        key = (source.structure.transfer_syntax_uid, declared)
        readings = self._readings.get(key)
        if readings is None:
            readings = Readings(CharacterSet(source.element(declared).value if declared else b""))
            _remember(self._readings, key, readings)
        return readings

    def _finishing(
        self, situation: _Situation, source: Source, readings: Readings, replaced: frozenset[str] | None = None
    ) -> Finishing:
        """What finishes elements in this situation.

        Args:
            replaced: the instance's own UIDs, for a second and careful try; it serves this instance alone.
        """
        found = identity_of(situation.facts)
        given = PatientSecrets(frozenset({situation.patient_id})) | (situation.secrets or PatientSecrets())
        pardoned = None
        if self._retained:
            rest = identity_of(situation.facts, without=self._retained)
            pardoned = Identity(rest.secrets | given, rest.others)
        check = self._check(Identity(found.secrets | given, found.others), pardoned)
        rewriter = Rewriter(
            rules=self._rules,
            iod=self._rules.iod(situation.sop_class_uid),
            new_uid=self.new_uid,
            days=self.date_shift(situation.patient_id),
            cleaner=check.cleaner,
            replaced=replaced or frozenset(),
            pardoning=check.pardoning,
            careful=replaced is not None,
        )
        marks = [
            Element(CHARACTER_SET, "CS", OUTPUT_CHARACTER_SET),
            text(PATIENT_NAME, "PN", situation.pseudonym),
            text(PATIENT_ID, "LO", situation.pseudonym),
            *self._method,
            *trial_elements(self.trial.protocol_id, self.trial.protocol_name),
        ]
        return Finishing(rewriter, check, source.syntax, readings.characters, marks)

    def _check(self, identity: Identity, pardoned: Identity | None) -> ResidualCheck:
        """The searches for this patient, compiled once. pardoned: without what a site's own rules keep."""
        check = self._checks.get((identity, pardoned))
        if check is None:
            remove_dates = Option.FULL_DATES not in self.profile.options
            pardoning = None if pardoned is None else Cleaner(pardoned, remove_dates)
            check = ResidualCheck(Cleaner(identity, remove_dates), pardoning, self._rules.pardons)
            _remember(self._checks, (identity, pardoned), check)
        return check

    def _made(
        self, source: Source, told: Told, finishing: Finishing, pseudonym: str, blanked: "BlankedPixels | None"
    ) -> _Made:
        """Everything but the pixel data, in the order of the tags; among it what marks the result."""
        private = self._rules.private
        earlier = b"YES" in source.before.raw(IDENTITY_REMOVED)
        common = blanked is None and self.trial == NO_TRIAL and not earlier  # otherwise it has marks of its own
        part = source.before if common else source.before.singly()
        before = finishing.outcomes(source, part, told.before if private else {}, told.replaced)
        behind = finishing.outcomes(source, source.behind, told.behind if private else {}, told.replaced)
        changes = tuple([one.changes for outcomes in (before, behind) for one in outcomes if one.changes])
        marks = finishing.marks
        if not common:
            alone = {tag: one for (tag, _, _), one in zip(part.pieces, before, strict=True) if one.finished}
            marks = self._own_marks(finishing, alone, pseudonym, blanked, earlier=earlier)
        return _Made(marks.among(part.pieces, before), behind, changes)

    def _own_marks(
        self,
        finishing: Finishing,
        outcomes: dict[int, Outcome],
        pseudonym: str,
        blanked: "BlankedPixels | None",
        *,
        earlier: bool,
    ) -> Marks:
        """What marks this one result.

        Args:
            outcomes: of the file's own elements, by tag.
            earlier: whether it was de-identified before.
        """
        marks = finishing.marks
        if self.trial != NO_TRIAL:
            present = (outcomes.keys() - (frozenset() if blanked is None else blanked.removed)) | marks.outcomes.keys()
            marks = marks.with_more(finishing.finished(trial_completion(present, pseudonym)))
        if blanked is not None:
            more = finishing.finished([*self._method_blanked, *blanked.changed])
            marks = marks.with_more(more, blanked.removed)
        if earlier:
            # a profile may have no codes to claim: then those of the file, which are claims too, don't stay either
            said = {tag: outcomes[tag] for tag in STEPS if tag in outcomes and tag in marks.outcomes}
            marks = marks.with_more({tag: finishing.added(one, marks.outcomes[tag]) for tag, one in said.items()})
        return marks

    def _finished(
        self, source: Source, names: dict[int, str], made: _Made, pseudonym: str, blanked: "BlankedPixels | None"
    ) -> DeidentifiedInstance:
        pixel = source.structure.pixel
        syntax = source.structure.transfer_syntax_uid if blanked is None else blanked.transfer_syntax_uid
        new = {tag: self.new_uid(names[tag]) for tag in (SOP_INSTANCE, STUDY, SERIES)}
        first = front(names[SOP_CLASS], new[SOP_INSTANCE], syntax)
        head = [one.finished for one in made.before]
        tail = [one.finished for one in made.behind]
        body: tuple[int, int] | PixelStream | None = None
        pieces: tuple[bytes, ...]
        if syntax == DEFLATED:
            pixels = source.pixels() if blanked is None else blanked.body.blocks(source.stream)
            pieces, trailer = (first, deflated(chain(head, pixels, tail))), b""
        else:
            pieces, trailer = (first, *head), b"".join(tail)
            if blanked is not None:
                body = blanked.body
            elif pixel is not None:
                body = (pixel.offset, pixel.end - pixel.offset)
        return DeidentifiedInstance(
            sop_class_uid=names[SOP_CLASS],
            sop_instance_uid=new[SOP_INSTANCE],
            study_instance_uid=new[STUDY],
            series_instance_uid=new[SERIES],
            transfer_syntax_uid=syntax,
            patient_id=pseudonym,
            head=pieces,
            body=body,
            trailer=trailer,
            length=sum(map(len, pieces)) + _length(body) + len(trailer),
            told=made.told,
        )


def _retained(profile: Profile) -> frozenset[int]:
    """The elements that a site's own rules keep, and in which the patient's own numbers and names are found."""
    rules = profile.site.rules if profile.site else ()
    return frozenset(rule.target.tag for rule in rules if rule.verb is Verb.KEEP and is_secret(rule.target.tag))


def _length(body: tuple[int, int] | PixelStream | None) -> int:
    if body is None:
        return 0
    return body[1] if isinstance(body, tuple) else body.length


def _remember(memory: dict[_Key, _Value], key: _Key, value: _Value) -> None:
    """Add one entry; the oldest one goes where they become too many."""
    if len(memory) >= _REMEMBERED:
        del memory[next(iter(memory))]
    memory[key] = value


def _check_patient(told: Told, patient_id: str) -> None:
    """Refuse a file that is no longer the one that was given this pseudonym."""
    value = told.patient_id
    if is_plain(value) and value.decode("ascii").strip(" \0") != patient_id.strip(" \0"):
        raise SourceChanged("The file is no longer of the patient that was found in it. Search the folder again.")
