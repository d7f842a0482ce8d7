"""What patients, studies and series are called wherever they are listed."""

from PySide6.QtCore import QCoreApplication

from adit_uploader.desktop.words import formats
from adit_uploader.dicom.inventory import Patient, Series, Study

translate = QCoreApplication.translate


def patient_id(item: Patient) -> str:
    """The PatientID, or words in its place."""
    return item.patient_id or translate("Rows", "(no PatientID)")


def name(item: Patient | Study | Series) -> str:
    """One line for a row of the tree."""
    if isinstance(item, Patient):
        names = " / ".join(formats.person_name(one) for one in item.names)
        return f"{patient_id(item)} · {names}" if names else patient_id(item)
    if isinstance(item, Study):
        date = formats.dicom_date(item.date)
        described = item.description or translate("Rows", "Study without a description")
        return f"{date} · {described}" if date else described
    number = "" if item.number is None else f"{item.number} · "
    return number + (item.description or translate("Rows", "no description"))


def path(*items: Patient | Study | Series) -> str:
    """A row with those around it, outermost first."""
    return " › ".join(name(item) for item in items)
