"""The burned-in gate."""

from dataclasses import replace
from pathlib import Path

import pytest

from adit_uploader.deid.burned_in import BurnedInReason, burned_in_risk
from adit_uploader.dicom.inventory import Instance, Location

STORAGE = "1.2.840.10008.5.1.4.1.1."
CT = Instance(
    location=Location(Path("/x")),
    size=1,
    modified_ns=0,
    sop_class_uid=STORAGE + "2",
    sop_instance_uid="1.2",
    study_instance_uid="1.3",
    series_instance_uid="1.4",
    transfer_syntax_uid="1.2.840.10008.1.2.1",
    patient_id="1",
    patient_name="",
    patient_birth_date="",
    patient_sex="",
    modality="CT",
    image_type=("ORIGINAL", "PRIMARY", "AXIAL"),
)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"burned_in_annotation": "YES"}, BurnedInReason.ANNOTATION),
        ({"burned_in_annotation": "maybe"}, BurnedInReason.ANNOTATION),
        ({"sop_class_uid": STORAGE + "104.1"}, BurnedInReason.ENCAPSULATED),
        ({"sop_class_uid": STORAGE + "104.3", "modality": "M3D"}, BurnedInReason.ENCAPSULATED),
        ({"sop_class_uid": STORAGE + "6.1", "modality": "US"}, BurnedInReason.ULTRASOUND),
        ({"sop_class_uid": STORAGE + "3.1", "modality": ""}, BurnedInReason.ULTRASOUND),
        ({"sop_class_uid": STORAGE + "7"}, BurnedInReason.SECONDARY_CAPTURE),
        ({"sop_class_uid": STORAGE + "7.4"}, BurnedInReason.SECONDARY_CAPTURE),
        ({"sop_class_uid": STORAGE + "7", "modality": "RF"}, BurnedInReason.FLUOROSCOPY),
        ({"conversion_type": "WSD"}, BurnedInReason.SECONDARY_CAPTURE),
        ({"conversion_type": "SD"}, BurnedInReason.SCANNED),
        ({"modality": "DOC"}, BurnedInReason.SCANNED),
        ({"sop_class_uid": STORAGE + "77.1.4", "modality": "XC"}, BurnedInReason.PHOTO),
        ({"sop_class_uid": STORAGE + "77.1.1.1", "modality": ""}, BurnedInReason.VIDEO),
        ({"image_type": ("DERIVED", "SECONDARY", "SCREEN SAVE")}, BurnedInReason.SCREEN_SAVE),
        ({}, None),
        ({"burned_in_annotation": "NO"}, None),
        ({"sop_class_uid": STORAGE + "4", "modality": "MR"}, None),
        ({"sop_class_uid": STORAGE + "77.2"}, None),
        ({"sop_class_uid": STORAGE + "481.3", "modality": "RTSTRUCT"}, None),
        ({"sop_class_uid": STORAGE + "88.33", "modality": "SR"}, None),
    ],
)
def test_the_header_says_why_a_picture_is_held(change: dict[str, object], reason: BurnedInReason | None) -> None:
    assert burned_in_risk(replace(CT, **change)) is reason
