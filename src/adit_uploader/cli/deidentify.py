"""``adit-uploader deidentify``: the same engine without a server."""

import argparse
from pathlib import Path

from adit_uploader.deid.engine import Trial
from adit_uploader.deid.profiles import Profile
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer import lane_start
from adit_uploader.transfer.local_run import LocalRun
from adit_uploader.transfer.plan import make_plan
from adit_uploader.transfer.ready_lanes import ReadyLanes

from .choices import check_mode_options, make_choice
from .decisions import blankings_of, check_decision_options
from .errors import WrongUsage
from .key_lists import keep_earlier
from .options import Subparsers, add_paths, add_pseudonym_options, add_run_options
from .plans import tell_plan
from .profiles import add_local_profile_options, local_profile, tell_profile
from .progress import RunProgress
from .receipts import status_of, tell_receipt, write_report
from .running import interrupts_blocked, run_interruptibly
from .scanning import scan_with_progress, tell_left_out
from .site_keys import site_key_of
from .terminal import Terminal

DESCRIPTION = """\
De-identifies into a folder, without a server. The results are named DIR/STUDY/SERIES/INSTANCE.dcm by their new UIDs.
A file that is there already with other content is not overwritten. In mode none the files are copied as they are.
"""


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    parser = subparsers.add_parser("deidentify", help="de-identify into a folder", description=DESCRIPTION)
    add_paths(parser)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
    add_pseudonym_options(parser, department_help="mode internal: your department, exactly as the server writes it")
    add_run_options(
        parser,
        site_key_help="key from which new UIDs and date shifts come; a file that does not exist is made. Without it "
        "the key is random, and the next run gives other UIDs",
        key_list_help="write the list PatientID, Pseudonym here, before the first file",
    )
    add_local_profile_options(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    terminal = Terminal()
    _check(arguments)
    profile = local_profile(arguments)
    if arguments.mode != Mode.NONE:
        tell_profile(terminal, profile)
    with interrupts_blocked():
        ready = ReadyLanes(arguments.lanes, fork=lane_start.may_fork())
    with ready:
        return _run(terminal, arguments, profile, ready)


def _run(terminal: Terminal, arguments: argparse.Namespace, profile: Profile, ready: ReadyLanes) -> int:
    inventory = scan_with_progress(terminal, arguments.paths, ready.look)
    tell_left_out(terminal, inventory.left_out)
    mode = Mode(arguments.mode)
    choice = make_choice(arguments, department=arguments.department or "", patients=inventory.patients)
    if mode is Mode.NONE:
        terminal.warn("Mode none: the copies name the patients, as the originals do.")
    plan = make_plan(
        inventory,
        choice,
        profile=profile.name,
        site_profile=profile if profile.site else None,
        site_key=bytes(32) if mode is Mode.NONE else site_key_of(terminal, arguments.site_key_file),
        trial=Trial(arguments.trial_protocol_id, arguments.trial_protocol_name),
        released_series=frozenset(arguments.release),
        blanked_series=blankings_of(arguments, inventory),
        send_burned_in=arguments.send_burned_in,
    )
    tell_plan(terminal, plan)
    if arguments.key_list is not None:
        keep_earlier(terminal, plan, arguments.key_list)
    elif mode is not Mode.NONE:
        terminal.note("No --key-list: who became whom is not written down.")
    with RunProgress(terminal, local=True) as progress:
        local_run = LocalRun(
            plan,
            arguments.out,
            lanes=arguments.lanes,
            key_list=arguments.key_list,
            ready=ready,
            digests=arguments.report is not None,  # the manifest is told there alone
            on_event=progress,
        )
        receipt = run_interruptibly(terminal, local_run.run, local_run.cancel)
    tell_receipt(terminal, receipt)
    if arguments.key_list is not None:
        terminal.note(f"Key list: {arguments.key_list}")
    if arguments.report is not None:
        write_report(terminal, receipt, arguments.report)
    return status_of(receipt)


def _check(arguments: argparse.Namespace) -> None:
    check_mode_options(arguments)
    check_decision_options(arguments)
    if arguments.mode == Mode.INTERNAL and not (arguments.department or "").strip(" "):
        raise WrongUsage(
            "The department is missing", "Mode internal needs --department D, exactly as the server writes it."
        )
    if arguments.mode != Mode.INTERNAL and arguments.department is not None:
        raise WrongUsage("These options don't fit together", "--department belongs to --mode internal.")
    out = arguments.out.resolve()
    if out.exists() and not out.is_dir():
        raise WrongUsage("The output folder can't be used", f"{arguments.out} is a file.")
    for path in arguments.paths:
        if out.is_relative_to(path.resolve()):
            raise WrongUsage(
                "The output folder can't be used",
                f"{arguments.out} lies within {path}, so that the next run would find its own results.",
            )
