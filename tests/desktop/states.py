"""The states that the window can be in, made up: for tests that look at all of them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from adit_uploader.account.receiving import ReceivingSettings
from adit_uploader.account.settings import LineSettings
from adit_uploader.deid.blanking.areas import Blanking, Rectangle
from adit_uploader.deid.blanking.obstacles import BlankingObstacle
from adit_uploader.deid.burned_in import BurnedInReason
from adit_uploader.deid.comparison import Basis, Fate, Line, Rule, Why, picture_line
from adit_uploader.deid.element_text import Value
from adit_uploader.desktop.job_values import (
    JobDeeds,
    JobLine,
    Place,
    ResultLine,
    ServerLook,
    UnfinishedBlock,
    UnfinishedState,
)
from adit_uploader.desktop.upload_values import Outcome, Phase, ReceiptView, SendProgress, SeriesLine, TaskLine
from adit_uploader.desktop.values import (
    BatchState,
    Caller,
    ComparisonState,
    DestinationOption,
    Excluded,
    Explanation,
    HeldChoice,
    Identity,
    InboxLook,
    Item,
    KeyState,
    ModeBlock,
    ModeOption,
    ProfileOption,
    ReceivingState,
    ReviewState,
    RowState,
    ScanState,
    SendBlock,
    SendState,
    Severity,
    Step,
    TokenKept,
    Totals,
)
from adit_uploader.desktop.views.main_window import MainWindow
from adit_uploader.desktop.words import errors, reasons
from adit_uploader.desktop.words.speaker import Speaker
from adit_uploader.dicom.pictures.render import Picture
from adit_uploader.pseudonyms.assign import RefusalReason
from adit_uploader.pseudonyms.errors import BatchFileProblem, BatchFileProblemCode, ChoiceRefused, ChoiceRefusedReason
from adit_uploader.pseudonyms.identity import Contradiction
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.receiving.errors import PortInUse
from adit_uploader.transfer.comparing import Compared
from adit_uploader.transfer.errors import ProxySettingWrong, ServerUnreachable, WrongToken
from adit_uploader.transfer.events import SeriesCount
from tests.desktop.parts import inventory, patient

AREAS = (Rectangle(0, 0, 320, 24), Rectangle(10, 200, 40, 20))
PSEUDONYM = "6590ebba" * 8
FOUND = inventory(
    patient("1001", root="1.2.3", name="Müller^Anna Maria", images=44, ultrasound=True),
    patient("0002734", root="1.2.4", name="Jäger^Bernd", images=120),
    left_out=3,
)
TOTALS = Totals(2, 2, 3, 165, 165_000)
BUILT_IN = tuple(ProfileOption(name, 1, "") for name in ("research", "basic", "research-full-dates"))
ALL_MODES = tuple(ModeOption(mode) for mode in Mode)


def signed_out(window: MainWindow) -> None:
    window.panel.account.set_keyring(False)


def wrong_token(window: MainWindow) -> None:
    window.panel.account.set_address("https://adit.example.org")
    window.panel.account.set_error(errors.explain(WrongToken()))
    window.scan.set_scan(ScanState(12_345, 11_222, 3))


def signed_in(window: MainWindow) -> None:
    identity = Identity("anna.beispiel", "Radiology", "https://adit.example.org", TokenKept.SESSION)
    panel = window.panel
    panel.account.set_identity(identity)
    panel.destination.set_destinations((DestinationOption("Research archive"),), "Research archive")
    panel.mode.set_options((*ALL_MODES[:3], ModeOption(Mode.NONE, ModeBlock.NOT_PERMITTED)))
    panel.mode.set_department("Radiology")
    panel.mode.set_mode(Mode.INTERNAL)
    panel.profile.set_profiles(BUILT_IN, "research")


def token_page(window: MainWindow) -> None:
    window.panel.account.set_address("https://adit.example.org")
    window.panel.account.set_token_page("https://adit.example.org/token-authentication/")


def line_settings(window: MainWindow) -> None:
    signed_in(window)
    line = LineSettings("http://proxy.example.org:3128", "/made-up/authority.pem", {"a": "ab" * 32}, 12_500_000, "on")
    window.line.show_line(line, line, frozenset())
    window.line.set_error(errors.explain(ProxySettingWrong()))


def managed_line_settings(window: MainWindow) -> None:
    signed_in(window)
    line = LineSettings(limit_rate=1_000_000)
    window.line.show_line(LineSettings(), line, frozenset({"proxy", "ca_file", "limit_rate", "compress"}))


RECEIVING = ReceivingSettings(enabled=True, address="192.0.2.10", callers=("WORKSTATION1", "CT_ROOM_2"))


def ready_to_receive(window: MainWindow) -> None:
    signed_in(window)
    window.receiving.set_receiving(ReceivingState("ADITUPLOADER", "127.0.0.1", 11112))


def receiving(window: MainWindow) -> None:
    checking(window)
    callers = (Caller("WORKSTATION1", 12), Caller("CT_ROOM_2", 1340))
    window.receiving.set_receiving(ReceivingState("ADITUPLOADER", "192.0.2.10", 11112, callers, waiting=1352))


def receiving_settings(window: MainWindow) -> None:
    signed_in(window)
    window.receiving_settings.show_receiving(ReceivingSettings(), ReceivingSettings(), frozenset())


def receiving_from_the_network(window: MainWindow) -> None:
    signed_in(window)
    window.receiving_settings.show_receiving(RECEIVING, RECEIVING, frozenset({"callers"}))
    window.receiving_settings.set_inbox(InboxLook((Path("/made-up/1.dcm"), Path("/made-up/2.dcm")), 340, 234_000_000))
    window.receiving_settings.set_error(errors.explain(PortInUse(11112)))


def several_servers(window: MainWindow) -> None:
    signed_in(window)
    servers = ("https://adit.example.org", "https://second.adit.example.org")
    window.panel.account.set_servers(servers, servers[0])


def several_servers_signed_out(window: MainWindow) -> None:
    several_servers(window)
    window.panel.account.set_identity(None)
    window.panel.profile.set_profiles((), "")


def managed(window: MainWindow) -> None:
    signed_in(window)
    panel = window.panel
    panel.profile.set_fixed(True)
    panel.profile.set_profiles(BUILT_IN[:1], "research")
    panel.mode.set_options(
        tuple(ModeOption(mode, None if mode is Mode.INTERNAL else ModeBlock.MANAGED) for mode in Mode)
    )
    panel.mode.set_mode(Mode.INTERNAL)


def managed_signed_out(window: MainWindow) -> None:
    window.panel.account.set_address("https://adit.example.org")
    window.panel.account.set_fixed(True)


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
    window.comparison.set_lines(None, "Title")


def reviewing(window: MainWindow) -> None:
    checking(window)
    choice = HeldChoice(
        "1.2.3.1.2", "1001", "US", "Abdomen", 3, BurnedInReason.ULTRASOUND, blanking=Blanking(320, 240, AREAS), unfit=1
    )
    window.check.set_held((choice,))
    window.review.show_review(ReviewState(choice, 0, 2, 3, AREAS))
    window.review.set_picture(Picture(32, 24, True, bytes(32 * 24), 320, 240, 60), "", 0)


def no_picture(window: MainWindow) -> None:
    checking(window)
    choice = HeldChoice(
        "1.2.3.1.2", "1001", "US", "", 3, BurnedInReason.VIDEO, obstacle=BlankingObstacle.VIDEO, release=True
    )
    window.review.show_review(ReviewState(choice, 1, 2, 1))
    window.review.set_picture(None, "There is no picture to show", 0)


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


def sending(window: MainWindow) -> None:
    signed_in(window)
    window.set_busy(True)
    window.sending.show_progress("Research archive")
    window.sending.set_progress(
        SendProgress(Phase.PROCESSING, 165, 165, 160, 100, 1, 100_000_000, 165_000_000, 28_400_000.0)
    )
    window.sending.set_tasks((TaskLine(PSEUDONYM, "1.2.3", "IP", 44, 40, 0, "Waiting for the destination"),))
    window.panel.send.set_state(SendState(TOTALS, Mode.INTERNAL, SendBlock.SENDING))
    window.show_step(Step.SEND)


def paused(window: MainWindow) -> None:
    sending(window)
    lines = [SeriesLine("1001", PSEUDONYM, "CT", "Head", 44), SeriesLine("0002734", PSEUDONYM, "US", "Abdomen", 121)]
    window.sending.show_progress("Research archive", lines)
    window.sending.set_series((SeriesCount(0, 40, 1), SeriesCount(1, 0, 0)))
    window.sending.add_problems((Item("/made-up/1.dcm", reasons.by_code()["source-damaged"], retriable=True),))
    window.sending.set_progress(SendProgress(Phase.PAUSED, 165, 41, 40, 0, 1, 41_000_000, 165_000_000))


def under_way(window: MainWindow) -> None:
    paused(window)
    window.sending.set_progress(
        SendProgress(Phase.SENDING, 165, 41, 40, 0, 1, 41_000_000, 165_000_000, 2_100_000.0, 130.0)
    )


def interrupted(window: MainWindow) -> None:
    incomplete(window)
    window.sending.show_receipt(
        ReceiptView(Outcome.INTERRUPTED, Mode.INTERNAL, "Research archive", 165, 164, 100, 90, 0, 3, 1, 2, 0, ())
    )


def ended_early(window: MainWindow) -> None:
    complete(window)
    items = tuple(Item(f"1001 ({n})", reasons.by_code()["stopped"], retriable=True) for n in range(5))
    window.sending.show_receipt(
        ReceiptView(Outcome.ENDED, Mode.INTERNAL, "Research archive", 165, 164, 100, 90, 90, 3, 1, 2, 7, items)
    )
    window.show_step(Step.SEND)


def unfinished(window: MainWindow) -> None:
    signed_out(window)
    window.unfinished.show_unfinished(
        UnfinishedState(
            1_700_000_000.0,
            "Research archive",
            "wss://adit.example.org:443",
            "/media/cd",
            120,
            165,
            2,
            UnfinishedBlock.SIGNED_OUT,
        )
    )


JOB = JobLine(
    "1" * 32,
    1_700_000_000.0,
    Place.BOTH,
    "WA",
    "wss://adit.example.org:443",
    "Research archive",
    "internal",
    165,
    165,
    160,
    5,
    False,
    "adit.example.org",
)


def jobs(window: MainWindow) -> None:
    signed_in(window)
    page = window.jobs
    cut = replace(JOB, job="2" * 32, created=1_600_000_000.0, place=Place.HERE, state="open", delivered=0, failed=0)
    other = replace(JOB, job="3" * 32, place=Place.SERVER, images=None, key_list=None, state="IP", message="")
    page.show_jobs((JOB, cut, other), JOB.job)
    tasks = (
        TaskLine(PSEUDONYM, "1.2.3", "WA", 44, 40, 4, "US 1", 3),
        TaskLine(PSEUDONYM, "1.2.4", "SU", 121, 120, 1, "", 1),
    )
    results = (ResultLine("1001", PSEUDONYM, "44 / 44", 1, 44, 40, 4), ResultLine("0002734", PSEUDONYM, "", 0, 0, 0, 0))
    page.show_job(JOB, JobDeeds(False, None, True, True, True, True, True), tasks, results)
    page.set_look(ServerLook.LIVE, None)
    page.set_unsaved(2)
    if not window.jobs_visible:
        window.toggle_jobs()


def jobs_offline(window: MainWindow) -> None:
    jobs(window)
    page = window.jobs
    cut = replace(JOB, place=Place.HERE, state="open", message="")
    page.show_jobs((cut,), JOB.job)
    page.show_job(cut, JobDeeds(block=UnfinishedBlock.OTHER_SERVER, delete=True, key_list=True), (), ())
    page.set_look(ServerLook.UNREACHABLE, errors.explain(ServerUnreachable()))


def no_jobs(window: MainWindow) -> None:
    signed_out(window)
    window.jobs.show_jobs((), "")
    window.jobs.show_job(None, JobDeeds(), (), ())
    window.jobs.set_unsaved(0)
    window.jobs.set_look(ServerLook.SIGNED_OUT, None)
    if not window.jobs_visible:
        window.toggle_jobs()


def complete(window: MainWindow) -> None:
    signed_in(window)
    window.sending.show_receipt(
        ReceiptView(Outcome.COMPLETE, Mode.INTERNAL, "Research archive", 165, 165, 165, 165, 165, 0, 0, 2)
    )
    window.show_step(Step.SEND, finished=True)


def incomplete(window: MainWindow) -> None:
    signed_in(window)
    item = Item("/made-up/1.dcm", reasons.by_code()["source-damaged"])
    window.sending.show_receipt(
        ReceiptView(Outcome.FAILED, Mode.INTERNAL, "Research archive", 165, 164, 163, 162, 161, 3, 1, 2, 0, (item,))
    )
    window.messages.show_message("upload", Severity.ERROR, Explanation("Title", "Message. " * 20))
    window.show_step(Step.SEND)


STATES: tuple[Callable[[MainWindow], None], ...] = (
    signed_out,
    wrong_token,
    signed_in,
    ready_to_receive,
    receiving,
    receiving_settings,
    receiving_from_the_network,
    several_servers,
    several_servers_signed_out,
    managed,
    managed_signed_out,
    token_page,
    line_settings,
    managed_line_settings,
    checking,
    sent_before,
    left_out,
    comparing,
    no_comparison,
    own_profile,
    reviewing,
    no_picture,
    keyed,
    batch_problems,
    fixed_refused,
    real_names,
    sending,
    paused,
    under_way,
    interrupted,
    unfinished,
    jobs,
    jobs_offline,
    no_jobs,
    ended_early,
    complete,
    incomplete,
)
