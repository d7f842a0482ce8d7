"""``adit-uploader upload``: the whole way to a server."""

import argparse
from typing import TYPE_CHECKING

from adit_uploader.account.managed import managed
from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.settings import Settings, journal_path, make_private
from adit_uploader.deid.trial import Trial
from adit_uploader.protocol.messages import Welcome
from adit_uploader.pseudonyms.internal import normalise
from adit_uploader.pseudonyms.key_file import KeyPurpose, read_key_file
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.line import Line
from adit_uploader.transfer.offered_profiles import offered_profiles
from adit_uploader.transfer.plan import UploadPlan, make_plan
from adit_uploader.transfer.ready_lanes import ReadyLanes
from adit_uploader.values import dataclass

from .again import only_refused, request_of
from .choices import check_mode_options, make_choice
from .decisions import blankings_of, check_decision_options
from .errors import ExitStatus, NotDone, WrongUsage
from .key_lists import write_after, write_before
from .line import add_line_options, add_speed_options, line_of
from .options import Subparsers, add_paths, add_pseudonym_options, add_run_options, add_server_options
from .plans import tell_plan
from .profiles import tell_profile
from .progress import RunProgress
from .receipts import status_of, tell_receipt, write_page, write_report
from .running import interrupts_blocked, run_interruptibly
from .scanning import scan_with_progress, tell_left_out
from .terminal import Terminal, count_of
from .tokens import parse_server, token_for

if TYPE_CHECKING:
    from adit_uploader.transfer.early_sign_in import EarlySignIn

DESCRIPTION = """\
Pseudonymizes studies on this computer and sends them to a server. An upload that was cut goes on when the same
command is given again; what is stored there is not sent twice. Exit status 0 only if everything that was found has been
delivered; 1 if anything was refused, held or could not be delivered; 2 for wrong usage.
"""


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("upload", help="pseudonymize and send to a server", description=DESCRIPTION)
    add_paths(parser)
    add_server_options(parser, required=True)
    add_line_options(parser)
    add_speed_options(parser)
    parser.add_argument("--destination", required=True, metavar="NAME", help="where the server is to deliver to")
    add_pseudonym_options(
        parser, department_help="checked against the department that the server knows for you, which is used"
    )
    parser.add_argument(
        "--yes-send-identified",
        action="store_true",
        help="mode none: answers the question whether the files, with the patients' names, are really meant to go as "
        "they are. Without a terminal to ask on, and without this, mode none is refused with exit status 2",
    )
    add_run_options(
        parser,
        site_key_help="checked against the site key of the server, which is used",
        key_list_help="also write the list PatientID, Pseudonym here, before anything is sent",
    )
    parser.add_argument(
        "--profile",
        metavar="NAME",
        help="what is removed and what is kept: one that the server offers (its own choice)",
    )
    group = parser.add_argument_group("job")
    group.add_argument("--project-name", default="", metavar="T", help="for the server's job list; no patient data")
    group.add_argument("--project-description", default="", metavar="T", help="the same, longer")
    group.add_argument("--urgent", action="store_true", help="ask the server to deliver this first")
    group.add_argument(
        "--mail", action="store_true", help="ask the server for a mail to you when everything has come to its end"
    )
    group.add_argument(
        "--later",
        action="store_true",
        help="send nothing yet: jobs resume sends all uploads that wait, one after the other",
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    terminal = Terminal()
    check_mode_options(arguments)
    check_decision_options(arguments)
    server = parse_server(arguments.server, insecure_loopback=arguments.insecure_loopback)
    if arguments.mode == Mode.NONE and not arguments.yes_send_identified and not terminal.can_ask:
        raise _not_confirmed()
    with interrupts_blocked():
        ready = ReadyLanes(arguments.lanes, arguments.zygote)
    with ready:
        return _run(terminal, arguments, server, ready)


def _run(terminal: Terminal, arguments: argparse.Namespace, server: ServerAddress, ready: ReadyLanes) -> int:
    from adit_uploader.transfer.early_sign_in import EarlySignIn  # noqa: PLC0415 - its import takes long

    token = token_for(server, arguments.token_file)
    line = line_of(arguments, server)
    with EarlySignIn(server, token, line=line) as early:
        plan = _planned(terminal, arguments, ready, early)
        return _send(terminal, arguments, plan, Way(server, token, line, ready, early))


def _planned(terminal: Terminal, arguments: argparse.Namespace, ready: ReadyLanes, early: "EarlySignIn") -> UploadPlan:
    """What is to be sent, told to the user, who has agreed to it where that is asked for."""

    def welcome() -> Welcome:
        told = managed().narrow(early.welcome())
        check_welcome(arguments, told)
        return told

    def refuse_early() -> None:
        if early.done:
            welcome()

    mode = Mode(arguments.mode)
    inventory = scan_with_progress(terminal, arguments.paths, ready.look, refuse_early)
    told = welcome()
    profile = offered_profiles(told).get(arguments.profile or "")
    if mode is not Mode.NONE:
        tell_profile(terminal, profile)
    blankings = blankings_of(arguments, inventory)
    if arguments.refused_of:
        inventory = only_refused(inventory, arguments.refused_of)
    tell_left_out(terminal, inventory.left_out)
    choice = make_choice(arguments, department=told.department, patients=inventory.patients)
    plan = make_plan(
        inventory,
        choice,
        profile=profile.name,
        site_profile=profile if profile.site else None,
        site_key=bytes.fromhex(told.site_key),
        destination=arguments.destination,
        trial=Trial(arguments.trial_protocol_id, arguments.trial_protocol_name),
        released_series=frozenset(arguments.release),
        blanked_series=blankings,
        send_burned_in=arguments.send_burned_in,
        policies=told.policies,
    )
    tell_plan(terminal, plan)
    if mode is Mode.NONE and plan.counts.to_send and not arguments.yes_send_identified:
        _confirm(terminal, plan)
    return plan


@dataclass(frozen=True, slots=True)
class Way:
    """How a plan gets to its server."""

    server: ServerAddress
    token: str
    line: Line
    ready: ReadyLanes
    early: "EarlySignIn"


def _send(terminal: Terminal, arguments: argparse.Namespace, plan: UploadPlan, way: Way) -> int:
    from adit_uploader.transfer.description import JobDescription  # noqa: PLC0415
    from adit_uploader.transfer.upload import Upload  # noqa: PLC0415

    anything = plan.counts.to_send > 0
    if arguments.key_list is not None and anything:
        write_before(terminal, plan, arguments.key_list)
    journal = journal_path()
    make_private(journal.parent)
    with RunProgress(terminal) as progress:
        upload = Upload(
            plan,
            way.server,
            way.token,
            journal=journal,
            lanes=arguments.lanes,
            ready=way.ready,
            early=way.early,
            on_event=progress,
            line=way.line,
            description=JobDescription(
                arguments.project_name, arguments.project_description, arguments.urgent, arguments.mail
            ),
            request=request_of(arguments.words, arguments.refused_of),
            resume=arguments.resume_job,
            keep_days=Settings.load().keep_days,
        )
        if arguments.later and anything and not arguments.resume_job:
            terminal.say(f"Job {upload.queue()} waits; send it by: adit-uploader jobs resume")
            return ExitStatus.DONE
        receipt = run_interruptibly(terminal, upload.run, upload.pause, meanwhile=terminal.expect_table)
    tell_receipt(terminal, receipt)
    if arguments.key_list is not None and anything:
        write_after(plan, receipt, arguments.key_list)
    elif upload.key_list_path is not None:
        terminal.note(f"Key list: {upload.key_list_path}")
    if arguments.report is not None:
        write_report(terminal, receipt, arguments.report)
    write_page(terminal, receipt, arguments)
    return status_of(receipt)


def check_welcome(arguments: argparse.Namespace, welcome: Welcome) -> None:
    """Passes if the server allows what is asked for, and knows the user as the user says.

    Raises:
        NotDone: it doesn't; the message names what is allowed.
    """
    destinations = [destination.name for destination in welcome.destinations]
    allowed: dict[str, tuple[str, list[str]]] = {
        "mode": (arguments.mode, list(welcome.modes)),
        "destination": (arguments.destination, destinations),
    }
    for what, (asked, permitted) in allowed.items():
        if asked not in permitted:
            raise NotDone(
                f"This {what} is not allowed",
                f"The server does not allow you the {what} {asked!r}. Allowed: {', '.join(permitted) or 'none'}. "
                "Ask the administrator of the server for the permission.",
            )
    if arguments.mail and not welcome.policies.mails:
        raise NotDone("The server sends no mails", "Give the command without --mail.")
    if arguments.department is not None and normalise(arguments.department) != normalise(welcome.department):
        raise NotDone(
            "The department differs",
            f"The server knows your department as {welcome.department!r}, and pseudonyms come from that. Leave "
            "--department out, or ask the administrator of the server to correct it.",
        )
    if arguments.site_key_file is not None:
        key = read_key_file(arguments.site_key_file, KeyPurpose.SITE)
        if key.hex() != welcome.site_key:
            raise NotDone("The site key differs", "The server has another site key for you. Leave --site-key-file out.")


def _confirm(terminal: Terminal, plan: UploadPlan) -> None:
    count = plan.counts.to_send
    terminal.warn(
        f"Mode none: {count_of(count, 'instance')} of {count_of(plan.counts.patients, 'patient')} will be sent to "
        f"{plan.destination} as they are, with the patients' names, birth dates and IDs."
    )
    answer = terminal.ask(f"Type {count} to send them:")
    if answer != str(count):
        raise _not_confirmed()


def _not_confirmed() -> WrongUsage:
    return WrongUsage(
        "Mode none was not confirmed",
        "The files would go with the patients' names. Nothing was sent. Answer the question on a terminal, or give "
        "--yes-send-identified if that is meant.",
    )
