"""The words as controllers ask for them."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLocale

from adit_uploader.desktop.upload_values import ReceiptView
from adit_uploader.desktop.values import Explanation, Item, said
from adit_uploader.desktop.words import errors, formats, jobs, reasons, receivers, receiving, rows, sending
from adit_uploader.desktop.words.counts import COUNTS
from adit_uploader.dicom.inventory import Patient, Study
from adit_uploader.protocol.messages import TaskInfo
from adit_uploader.pseudonyms.conflicts import Conflict
from adit_uploader.receiving.events import NotKept, TurnedAway
from adit_uploader.transfer.plan import NotChosenReason, UploadPlan
from adit_uploader.transfer.receipt import Item as ReceiptItem
from adit_uploader.transfer.receipt import Outcome, Receipt
from adit_uploader.transfer.receipt_page import receipt_page
from adit_uploader.transfer.receipt_words import Language

translate = QCoreApplication.translate


class Speaker:
    """Puts errors, refusals and receipts into sentences of the current language."""

    def __init__(self, told: Callable[[BaseException], None] = lambda _: None) -> None:
        """told: hears of each error that is put into words."""
        self._told = told

    def explain(self, error: BaseException) -> Explanation:
        self._told(error)
        return errors.explain(error)

    def refused_patients(self, plan: UploadPlan) -> Sequence[Item]:
        """Patients that can't be sent, each with its reason."""
        why = reasons.patient_refusals()
        return tuple(Item(rows.patient_id(refusal.patient), why[refusal.code]) for refusal in plan.refusals)

    def warnings(self, plan: UploadPlan, conflicts: Sequence[Conflict]) -> Sequence[Item]:
        """What does not keep anything from being sent, and should be looked at."""
        found = [
            Item(warning.patient.patient_id, reasons.contradictions(warning.contradictions), warning.patient.patient_id)
            for warning in plan.assignment.warnings
        ]
        found += [
            Item(", ".join(map(rows.patient_id, one.patients)), reasons.conflict(one), one.patients[0].patient_id)
            for one in conflicts
        ]
        line = translate("Speaker", "Batch file, line {line}")
        why = reasons.unmatched()
        out = {one.patient.patient_id for one in plan.not_chosen if one.reason is NotChosenReason.EXCLUDED}
        found += [
            Item(
                line.format(line=formats.number(each.row.line)),
                reasons.not_chosen()[NotChosenReason.EXCLUDED] if each.row.patient_id in out else why[each.reason],
            )
            for each in plan.assignment.unmatched
        ]
        return tuple(found)

    def sent_before(self, patient: Patient, study: Study, when: float) -> Item:
        """A study that was sent before, and what the user may do."""
        why = translate(
            "Speaker", "Sent before, in the upload of {when}: the destination would get it again. Untick, or send."
        )
        return Item(rows.path(patient, study), why.format(when=jobs.moment(when)), patient.patient_id)

    def receipt_items(self, receipt: Receipt) -> Sequence[Item]:
        """Everything that did not go the whole way."""
        return self.items(receipt.items)

    def items(self, items: Sequence[ReceiptItem]) -> Sequence[Item]:
        """Some of it."""
        why = reasons.by_code()
        return tuple(Item(_what(item), why.get(item.code, item.message)) for item in items)

    def failed_study(self, task: TaskInfo) -> Item:
        """A study of which something reached the server, and not its destination."""
        what = translate("Speaker", "Study of {pseudonym} ({images})").format(
            pseudonym=formats.shortened(task.patient_id), images=COUNTS.images(task.failed)
        )
        why = translate("Speaker", "The destination did not take it.")
        return Item(what, f"{why} {receivers.said(task.message)}".strip(), retriable=True)

    def ended(self, receipt: ReceiptView) -> Explanation:
        """How an upload ended, to be said outside of the window too: without any name."""
        return Explanation(sending.outcome(receipt), sending.outcome_detail(receipt))

    def receipt_page(self, receipt: Receipt) -> str:
        """The receipt to read and print, in the window's language."""
        why = reasons.by_code()
        language: Language = "de" if QLocale().language() == QLocale.Language.German else "en"
        return receipt_page(receipt, language, tell=why.get)

    def sent(self, stored: int, instances: int) -> str:
        """What stands in the key list beside a patient."""
        return translate("Speaker", "{stored} of {images}").format(
            stored=formats.number(stored), images=COUNTS.images(instances)
        )

    def saved(self, path: Path) -> Explanation:
        return said(lambda: Explanation(translate("Speaker", "Saved"), str(path)))

    def unsaved_key_lists(self, count: int) -> Explanation:
        """What is said after an upload, until the list is saved."""

        def say() -> Explanation:
            return Explanation(
                COUNTS.unsaved_key_lists(count),
                translate(
                    "Speaker",
                    "Only this computer can say who is who. Save the key list where your department keeps such lists; "
                    "the page Uploads shows all of them.",
                ),
            )

        return said(say)

    def no_comparison(self) -> Explanation:
        """Why there are no new values."""
        return Explanation(
            translate("Speaker", "There is nothing to compare yet"),
            translate(
                "Speaker",
                "As things stand this patient gets no pseudonym, so that nothing of it is sent. Sign in, choose how "
                "patients are named, and see the lists below the tree.",
            ),
        )

    def no_browser(self, url: str) -> Explanation:
        """Why no page was opened. url: its address."""
        return said(
            lambda: Explanation(
                translate("Speaker", "The browser can't be opened"),
                translate("Speaker", "Open this page yourself: {url}").format(url=url),
            )
        )

    def busy_drop(self) -> Explanation:
        return said(
            lambda: Explanation(
                translate("Speaker", "An upload is under way"),
                translate("Speaker", "Add these when it has ended."),
            )
        )

    def received_before(self, images: int) -> Explanation:
        """What still lies here of what workstations sent."""

        def say() -> Explanation:
            what = translate(
                "Speaker",
                "They hold patients' names. Show them in Check or delete them: File > Receive from workstations.",
            )
            return Explanation(COUNTS.received_before(images), what)

        return said(say)

    def turned_away(self, event: TurnedAway) -> Explanation:
        """Somebody wanted to send, and may not."""
        return said(lambda: receiving.turned_away(event))

    def not_kept(self, event: NotKept) -> Explanation:
        """An image was refused; the workstation was told."""
        return said(lambda: receiving.not_kept(event))

    def cut_off(self, caller: str) -> Explanation:
        """A workstation stopped in the middle of an image."""
        return said(lambda: receiving.cut_off(caller))

    def nothing_found(self) -> Explanation:
        return said(
            lambda: Explanation(
                translate("Speaker", "No DICOM images were found"),
                translate("Speaker", "Check whether it is the right folder, or ask for the images as a DICOM export."),
            )
        )

    def profile_changed(self, name: str, job: str) -> Explanation:
        def say() -> Explanation:
            return Explanation(
                translate("Speaker", "The server has changed the profile {name}").format(name=name),
                translate(
                    "Speaker",
                    "This upload was begun by the profile as it was before. It begins anew now; what was sent before "
                    "stays on the server as job {job}.",
                ).format(job=job),
            )

        return said(say)

    def reconnecting(self, title: str, message: str, seconds: float) -> Explanation:
        def say() -> Explanation:
            whole = round(seconds)
            again = (
                translate("Speaker", "Trying again in {seconds} s. What was stored is not sent again.")
                if whole
                else translate("Speaker", "Trying again now. What was stored is not sent again.")
            )
            return Explanation(translate("Errors", title), again.format(seconds=formats.number(whole)))

        return said(say)


def _what(item: ReceiptItem) -> str:
    named = item.path or item.patient_id or translate("Speaker", "An image")
    if item.outcome is Outcome.HELD:
        named = translate("Speaker", "Held series of {patient}").format(patient=item.patient_id or named)
    return f"{named} ({COUNTS.images(item.count)})" if item.count > 1 else named
