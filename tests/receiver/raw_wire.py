"""The messages of the upload protocol made by hand, from docs/protocol.md: nothing here checks what it says."""

from io import BytesIO
from typing import Any

from adit_uploader.deid.engine import Deidentifier
from adit_uploader.deid.profiles import profile

from .wire_client import Made

PSEUDONYM = "0123456789abcdef" * 4


def deidentified(file: Made, site_key: bytes, pseudonym: str = PSEUDONYM, *, by: str = "research") -> Made:
    """What our own client would send of it."""
    source = BytesIO(file.data)
    result = Deidentifier(profile(by), site_key).deidentify(
        source, len(file.data), pseudonym=pseudonym, patient_id=file.patient_id
    )
    return Made(
        b"".join(result.chunks(source, 65536)),
        result.sop_instance_uid,
        result.study_instance_uid,
        result.series_instance_uid,
        pseudonym,
        sop_class_uid=file.sop_class_uid,
        transfer_syntax_uid=file.transfer_syntax_uid,
    )


def hello(**more: Any) -> dict[str, Any]:
    return {"type": "Hello", "program": "test", "version": 1} | more


def open_job(job: str, mode: str = "internal", destination: str = "archive", **more: Any) -> dict[str, Any]:
    said = {"type": "OpenJob", "job": job, "mode": mode, "destination": destination, "profile": "research"}
    return said | {"patients": 1, "studies": 1, "instances": 1} | more


def begin(file: Made, stream: int = 0, **more: Any) -> dict[str, Any]:
    said = {
        "type": "Begin",
        "stream": stream,
        "sop_instance_uid": file.sop_instance_uid,
        "sop_class_uid": file.sop_class_uid,
        "transfer_syntax_uid": file.transfer_syntax_uid,
        "study_instance_uid": file.study_instance_uid,
        "series_instance_uid": file.series_instance_uid,
        "patient_id": file.patient_id,
        "length": len(file.data),
    }
    return said | more


def chunk(data: bytes, stream: int = 0, offset: int = 0) -> bytes:
    return stream.to_bytes(4, "big") + offset.to_bytes(8, "big") + data


def end(file: Made, stream: int = 0, **more: Any) -> dict[str, Any]:
    return {"type": "End", "stream": stream, "sha256": file.sha256} | more


def instance(file: Made, stream: int = 0) -> list[dict[str, Any] | bytes]:
    """All that is said of a small instance."""
    return [begin(file, stream), chunk(file.data, stream), end(file, stream)]
