"""What ``adit-uploader deidentify`` does."""

import argparse

from adit_uploader.deid.profiles import Profile
from adit_uploader.deid.trial import Trial
from adit_uploader.pseudonyms.mode import Mode
from adit_uploader.transfer.local_run import LocalRun
from adit_uploader.transfer.plan import make_plan
from adit_uploader.transfer.ready_lanes import ReadyLanes

from .choices import make_choice
from .decisions import blankings_of
from .key_lists import keep_earlier
from .plans import tell_plan
from .progress import RunProgress
from .receipts import status_of, tell_receipt, write_page, write_report
from .running import interrupts_blocked, run_interruptibly
from .scanning import scan_with_progress, tell_left_out
from .site_keys import site_key_of
from .terminal import Terminal


def deidentify(terminal: Terminal, arguments: argparse.Namespace, profile: Profile) -> int:
    """Returns the exit status."""
    with interrupts_blocked():
        ready = ReadyLanes(arguments.lanes, arguments.zygote)
    with ready:
        return _deidentify(terminal, arguments, profile, ready)


def _deidentify(terminal: Terminal, arguments: argparse.Namespace, profile: Profile, ready: ReadyLanes) -> int:
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
            digests=arguments.report is not None or arguments.receipt is not None,  # the manifest is told there alone
            on_event=progress,
        )
        receipt = run_interruptibly(terminal, local_run.run, local_run.cancel)
    tell_receipt(terminal, receipt)
    if arguments.key_list is not None:
        terminal.note(f"Key list: {arguments.key_list}")
    if arguments.report is not None:
        write_report(terminal, receipt, arguments.report)
    write_page(terminal, receipt, arguments)
    return status_of(receipt)
