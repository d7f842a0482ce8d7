"""What was found, what becomes of it, and what keeps it here."""

from pathlib import Path

from adit_uploader.deid.blanking.areas import Blanking
from adit_uploader.deid.blanking.obstacles import BlankingObstacle
from adit_uploader.deid.burned_in import BurnedInReason
from adit_uploader.deid.comparison import Basis, Fate, Line, Rule, Why, picture_line
from adit_uploader.deid.element_text import Value
from adit_uploader.desktop.values import (
    BatchState,
    ComparisonState,
    Excluded,
    HeldChoice,
    Item,
    KeyState,
    ProfileOption,
    ReviewState,
    RowState,
    ScanState,
    SendBlock,
    SendState,
    Severity,
    Step,
    Totals,
)
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.words import errors, reasons
from adit_uploader.desktop.words.batch_problems import sentences as problem_sentences
from adit_uploader.desktop.words.speaker import Speaker
from adit_uploader.dicom.growing import SeenSeries
from adit_uploader.dicom.inventory import LeftOut, LeftOutReason, Location
from adit_uploader.dicom.pictures.render import Picture
from adit_uploader.pseudonyms.assign import RefusalReason
from adit_uploader.pseudonyms.conflicts import Conflict, ConflictKind
from adit_uploader.pseudonyms.errors import BatchFileProblem, BatchFileProblemCode, ChoiceRefused, ChoiceRefusedReason
from adit_uploader.pseudonyms.identity import Contradiction
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.comparing import Compared
from tests.desktop.parts import inventory, patient
from tests.desktop.states.made_up import ALL_MODES, AREAS, BUILT_IN, FOUND, PSEUDONYM, TOTALS
from tests.desktop.states.signing_in import signed_in


def own_profile(window: MainWindow) -> None:
    checking(window)
    kept = ("PatientBirthDate", "AccessionNumber", *(f"(0019,xx{number:02X}) OURS" for number in range(12)))
    ours = ProfileOption("heart-study", 2, "Herz 2026", "0123456789abcdef", kept)
    window.panel.profile.set_profiles((ours, *BUILT_IN), "heart-study", ("next-study",))


def checking(window: MainWindow) -> None:
    signed_in(window)
    page = window.check
    page.show_inventory(FOUND, TOTALS)
    page.set_left_out(FOUND.left_out)
    states = {"1.2.3.1.1": RowState.SENT, "1.2.3.1.2": RowState.HELD, "1.2.4.1.1": RowState.SENT}
    page.set_outcome({"1001": PSEUDONYM, "0002734": PSEUDONYM}, states)
    page.set_held((HeldChoice("1.2.3.1.2", "1001", "US", "", 1, BurnedInReason.ULTRASOUND),))
    page.set_refused((Item("9", reasons.patient_refusals()[RefusalReason.IDENTIFIES]),))
    page.set_warnings((Item("1001", reasons.contradictions(tuple(Contradiction))),))
    window.panel.send.set_state(SendState(TOTALS, Mode.INTERNAL, None))
    window.show_step(Step.CHECK)
    grey = Picture(64, 64, True, bytes(range(0, 256, 4)) * 64, 512, 512, 1)
    for place in (2, 6):  # the series of CT; that of ultrasound has none yet
        page.tree.set_thumbnail(place, grey)


def sent_before(window: MainWindow) -> None:
    checking(window)
    page = window.check
    page.set_held(())
    page.set_refused(())
    page.set_left_out(())
    first = FOUND.patients[0]
    words = Speaker()
    page.set_sent_before(
        (words.sent_before(first, first.studies[0], 1_700_000_000.0),), frozenset({"1.2.3.1.1", "1.2.3.1.2"})
    )


def left_out(window: MainWindow) -> None:
    checking(window)
    first = FOUND.patients[0]
    study = first.studies[0]
    page = window.check
    page.set_excluded(frozenset({"1.2.3.1.2"}), (Excluded((first, study, study.series[1]), 1),))
    page.set_held(())
    page.set_refused(())
    page.set_warnings(())
    page.set_outcome(
        {"1001": PSEUDONYM, "0002734": PSEUDONYM},
        {"1.2.3.1.1": RowState.SENT, "1.2.3.1.2": RowState.EXCLUDED, "1.2.4.1.1": RowState.SENT},
    )
    page.searching.field.setText("müller 2024")


def comparing(window: MainWindow) -> None:
    checking(window)
    first = FOUND.patients[0]
    study = first.studies[0]
    window.comparison.show_comparison(ComparisonState((first, study, study.series[1]), 2, 44, RowState.HELD))
    name, date = Value("Müller^Anna Maria", whole="m"), Value("20240229", whole="d")
    lines = (
        Line(0x00080020, "DA", 0, -1, 0, date, Value("20231114", whole="e"), Fate.MOVED, Rule(Why.SHIFT)),
        Line(0x00081140, "SQ", 0, -1, 0, Value(items=1), Value(items=1), Fate.CHANGED, Rule(Why.ITEMS, Basis.PLACE)),
        Line(0x00081155, "UI", 1, 1, 1, Value("1.2"), Value("2.25.1"), Fate.CHANGED, Rule(Why.UID, Basis.TABLE, "U")),
        Line(0x00100010, "PN", 0, -1, 0, name, Value(PSEUDONYM, whole="p"), Fate.CHANGED, Rule(Why.PSEUDONYM)),
        Line(0x00100030, "DA", 0, -1, 0, date, Value(), Fate.EMPTIED, Rule(Why.EMPTY, Basis.TABLE, "Z")),
        Line(0x00120063, "LO", 0, -1, 0, None, Value("adit-uploader"), Fate.ADDED, Rule(Why.MARK)),
        Line(0x00291010, "OB", 0, -1, 0, Value(size=9000), None, Fate.REMOVED, Rule(Why.PRIVATE)),
        picture_line(76_800, 76_800, blanked=False),
    )
    window.comparison.set_lines(Compared(lines, -108))
    window.comparison.set_picture(Picture(32, 24, True, bytes(range(256)) * 3, 320, 240, 1), "")


def no_comparison(window: MainWindow) -> None:
    comparing(window)
    window.comparison.set_lines(None, Speaker().no_comparison().message)


def reviewing(window: MainWindow) -> None:
    checking(window)
    choice = HeldChoice(
        "1.2.3.1.2", "1001", "US", "Abdomen", 3, BurnedInReason.ULTRASOUND, blanking=Blanking(320, 240, AREAS), unfit=1
    )
    window.check.set_held((choice,))
    window.review.show_review(ReviewState(choice, 0, 2, 3, AREAS))
    window.review.set_picture(Picture(32, 24, True, bytes(range(256)) * 3, 320, 240, 60), "", 0)


def no_picture(window: MainWindow) -> None:
    checking(window)
    choice = HeldChoice(
        "1.2.3.1.2", "1001", "US", "", 3, BurnedInReason.VIDEO, obstacle=BlankingObstacle.VIDEO, release=True
    )
    window.review.show_review(ReviewState(choice, 1, 2, 1))
    window.review.set_picture(None, reasons.obstacles()[BlankingObstacle.NO_PICTURE], 0)


def keyed(window: MainWindow) -> None:
    checking(window)
    window.panel.mode.set_key(True, KeyState.MISSING)
    window.panel.send.set_state(SendState(Totals(), Mode.INTERNAL, SendBlock.NO_DEPARTMENT_KEY))


def batch_problems(window: MainWindow) -> None:
    checking(window)
    window.panel.mode.set_mode(Mode.BATCH)
    window.panel.mode.set_batch(BatchState(Path("/made-up/list.csv"), problems=2))
    window.check.set_problems(
        [
            BatchFileProblem(line, "PatientID", BatchFileProblemCode.LEADING_ZEROS, "Leading zeros are missing.")
            for line in (2, 3)
        ]
    )
    window.panel.send.set_state(SendState(Totals(), Mode.BATCH, SendBlock.BATCH_FILE_PROBLEMS))


def fixed_refused(window: MainWindow) -> None:
    checking(window)
    window.panel.mode.set_mode(Mode.FIXED)
    window.panel.mode.set_wrong(errors.explain(ChoiceRefused(ChoiceRefusedReason.CONTRADICTING_BIRTH_DATES, "", "")))
    window.panel.send.set_state(SendState(Totals(), Mode.FIXED, SendBlock.CHOICE_REFUSED))


def real_names(window: MainWindow) -> None:
    checking(window)
    window.panel.mode.set_options(ALL_MODES)
    window.panel.mode.set_mode(Mode.NONE)
    window.panel.profile.set_profiles((), "")
    window.panel.send.set_state(SendState(TOTALS, Mode.NONE, None))


def searching(window: MainWindow) -> None:
    signed_in(window)
    window.scan.set_scan(ScanState(12_345, 11_222, 3))
    seen = tuple(
        SeenSeries(
            "1001", "Müller^Anna Maria", "1.2.3.1", "20240229", "Head CT", f"1.2.3.1.{n}", "CT", name, n, 44, 999
        )
        for n, name in enumerate(("Head", "Thorax", ""), start=1)
    )
    window.check.show_seen(seen, Totals(1, 1, 3, 132, 132_000))
    window.panel.send.set_state(SendState(Totals(), Mode.INTERNAL, SendBlock.SCANNING))
    window.show_step(Step.CHECK)


def nothing_found(window: MainWindow) -> None:
    signed_in(window)
    window.messages.show_message("found", Severity.WARNING, Speaker().nothing_found())


def ready(window: MainWindow) -> None:
    signed_in(window)
    page = window.check
    page.show_inventory(FOUND, TOTALS)
    page.set_outcome(
        {"1001": PSEUDONYM, "0002734": PSEUDONYM}, dict.fromkeys(("1.2.3.1.1", "1.2.3.1.2", "1.2.4.1.1"), RowState.SENT)
    )
    window.panel.send.set_state(SendState(TOTALS, Mode.INTERNAL, None))
    window.show_step(Step.CHECK)


def many_patients(window: MainWindow) -> None:
    ready(window)
    many = inventory(
        *(
            patient(f"{number:010}", root=f"1.2.{number}", name="Freifrau von Müller-Lüdenscheidt^Anna Maria", images=3)
            for number in range(1, 151)
        )
    )
    window.check.show_inventory(many, Totals(150, 150, 150, 450, 45_000_000_000))
    pseudonyms = {one.patient_id: PSEUDONYM for one in many.patients}
    window.check.set_outcome(pseudonyms, {f"1.2.{number}.1.1": RowState.SENT for number in range(1, 151)})


def search_in_vain(window: MainWindow) -> None:
    ready(window)
    window.check.searching.field.setText("Meier")


def warned(window: MainWindow) -> None:
    ready(window)
    people = FOUND.patients
    shown = [Conflict(kind, people) for kind in ConflictKind]
    items = [Item(", ".join(one.patient_id for one in each.patients), reasons.conflict(each)) for each in shown]
    items += [Item("1001", reasons.contradictions((each,))) for each in Contradiction]
    window.check.set_warnings(items)


def refused(window: MainWindow) -> None:
    ready(window)
    window.check.set_refused([Item(f"{number}", why) for number, why in enumerate(reasons.patient_refusals().values())])
    window.panel.send.set_state(SendState(Totals(), Mode.INTERNAL, SendBlock.ALL_REFUSED))


def files_left_out(window: MainWindow) -> None:
    ready(window)
    folder = Path("/media/cd/DICOM/0000A1B2/a-long-name-of-a-folder-as-devices-make-them")
    window.check.set_left_out([LeftOut(Location(folder / f"{why}.dcm"), why) for why in LeftOutReason])


def every_batch_problem(window: MainWindow) -> None:
    batch_problems(window)
    window.check.set_held(())
    said = problem_sentences()
    window.check.set_problems(
        [
            BatchFileProblem(line, "Pseudonym", code, said[code], ("0002734",))
            for line, code in enumerate(BatchFileProblemCode, start=2)
        ]
    )


def batch_file_wanted(window: MainWindow) -> None:
    ready(window)
    window.panel.mode.set_mode(Mode.BATCH)
    window.panel.send.set_state(SendState(Totals(), Mode.BATCH, SendBlock.NO_BATCH_FILE))


def batch_file_in_order(window: MainWindow) -> None:
    ready(window)
    window.panel.mode.set_mode(Mode.BATCH)
    window.panel.mode.set_batch(
        BatchState(Path("/made-up/Liste_der_Patienten_unserer_Herzstudie_2026.xlsx"), rows=1_234)
    )
    window.panel.send.set_state(SendState(TOTALS, Mode.BATCH, None))


def fixed_with_several_patients(window: MainWindow) -> None:
    fixed_refused(window)
    window.panel.mode.set_wrong(errors.explain(ChoiceRefused(ChoiceRefusedReason.SEVERAL_PATIENTS, "", "")))


def fixed_wanted(window: MainWindow) -> None:
    ready(window)
    window.panel.mode.set_mode(Mode.FIXED)
    window.panel.send.set_state(SendState(Totals(), Mode.FIXED, SendBlock.NO_PSEUDONYM))


def key_ready(window: MainWindow) -> None:
    ready(window)
    window.panel.mode.set_key(True, KeyState.READY)


def no_keyring_for_the_key(window: MainWindow) -> None:
    ready(window)
    window.panel.mode.set_key(True, KeyState.NO_KEYRING)
    window.panel.send.set_state(SendState(Totals(), Mode.INTERNAL, SendBlock.NO_DEPARTMENT_KEY))


def all_held(window: MainWindow) -> None:
    ready(window)
    window.check.set_held(
        tuple(
            HeldChoice(f"1.2.3.1.{number}", "1001", "US", "Abdomen", 3, reason, forbidden=number == 3)
            for number, reason in enumerate(BurnedInReason, start=1)
        )
    )
    window.panel.send.set_state(SendState(Totals(), Mode.INTERNAL, SendBlock.ALL_HELD))
