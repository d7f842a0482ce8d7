"""From options to a choice of pseudonyms."""

import argparse
from collections.abc import Sequence

from adit_uploader.dicom.inventory import Patient
from adit_uploader.pseudonyms.choice import BatchChoice, Choice, FixedChoice, InternalChoice, NoneChoice
from adit_uploader.pseudonyms.mode import Mode

from .errors import NotDone, WrongUsage


def check_mode_options(arguments: argparse.Namespace) -> None:
    """Passes if the options fit the mode.

    Raises:
        WrongUsage: an option is missing, or belongs to another mode.
    """
    mode = Mode(arguments.mode)
    belonging = {
        "--batch-file": (Mode.BATCH, arguments.batch_file is not None),
        "--pseudonym": (Mode.FIXED, arguments.pseudonym is not None),
        "--keyed": (Mode.INTERNAL, arguments.keyed),
        "--pseudonym-key-file": (Mode.INTERNAL, arguments.pseudonym_key_file is not None),
    }
    for option, (owner, given) in belonging.items():
        if given and mode is not owner:
            raise WrongUsage("These options don't fit together", f"{option} belongs to --mode {owner}, not {mode}.")
    if mode is Mode.BATCH and arguments.batch_file is None:
        raise WrongUsage("The list is missing", "Mode batch needs --batch-file F, a CSV file or Excel workbook.")
    if mode is Mode.FIXED and arguments.pseudonym is None:
        raise WrongUsage("The pseudonym is missing", "Mode fixed needs --pseudonym P.")


def make_choice(arguments: argparse.Namespace, *, department: str, patients: Sequence[Patient]) -> Choice:
    """The choice that the options ask for; reads the batch file or the key.

    Args:
        department: the server's, or what was typed where there is no server.

    Raises:
        BatchFileRefused, KeyFileError: of ``pseudonyms``.
        AccountError: the keyring can't be used.
        NotDone: the keyring holds no key of the department.
    """
    match Mode(arguments.mode):
        case Mode.INTERNAL:
            return InternalChoice(department, _department_key(arguments, department))
        case Mode.BATCH:
            from adit_uploader.pseudonyms.batch_file import read_batch_file  # noqa: PLC0415 - in this mode alone

            return BatchChoice(read_batch_file(arguments.batch_file, [patient.patient_id for patient in patients]))
        case Mode.FIXED:
            return FixedChoice(arguments.pseudonym)
        case Mode.NONE:
            return NoneChoice()


def _department_key(arguments: argparse.Namespace, department: str) -> bytes | None:
    if arguments.pseudonym_key_file is not None:
        from adit_uploader.pseudonyms.key_file import read_key_file  # noqa: PLC0415 - most runs use no key

        return read_key_file(arguments.pseudonym_key_file)
    if not arguments.keyed:
        return None
    from adit_uploader.account.department_key import DepartmentKeys  # noqa: PLC0415 - see above

    key = DepartmentKeys().load(department)
    if key is None:
        raise NotDone(
            "This department has no key on this computer",
            f"Import the file that your department keeps: adit-uploader key import --department '{department}' F. "
            "Only if there is none yet, make one: adit-uploader key create.",
        )
    return key
