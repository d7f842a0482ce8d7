"""Mode none: a file that goes as it is."""

from typing import BinaryIO

from adit_uploader.deid.blanking.areas import Blanking
from adit_uploader.deid.errors import NotBlankable
from adit_uploader.deid.finished import DeidentifiedInstance
from adit_uploader.deid.identity import PatientSecrets
from adit_uploader.deid.part10 import front
from adit_uploader.deid.reading import SERIES, SOP_CLASS, SOP_INSTANCE, STUDY, Readings
from adit_uploader.deid.source import Source, opened
from adit_uploader.dicom.texts import CharacterSet


class PassThrough:
    """Mode none: the file's own bytes; what a Part 10 file needs is added where it is missing."""

    def deidentify(
        self,
        file: BinaryIO,
        size: int,
        *,
        pseudonym: str = "",
        patient_id: str = "",
        secrets: PatientSecrets | None = None,
        blanking: Blanking | None = None,
    ) -> DeidentifiedInstance:
        """Return the file as it is. pseudonym and secrets have no meaning here.

        Raises:
            NotBlankable: it is to be blanked, and then it would not be as it is.
            DeidentificationError: the file can't be understood.
        """
        if blanking is not None:
            raise NotBlankable("Files that go as they are can't be blanked. Choose another mode for this series.")
        with opened(file, size) as source:
            return self._result(source, size, patient_id)

    @staticmethod
    def _result(source: Source, size: int, patient_id: str) -> DeidentifiedInstance:
        structure = source.structure
        names = Readings(CharacterSet(b"")).told_by(source).names()
        complete = structure.has_preamble and structure.meta_end > structure.meta_offset
        start = 0 if complete else structure.meta_end
        header = b"" if complete else front(names[SOP_CLASS], names[SOP_INSTANCE], structure.transfer_syntax_uid)
        return DeidentifiedInstance(
            sop_class_uid=names[SOP_CLASS],
            sop_instance_uid=names[SOP_INSTANCE],
            study_instance_uid=names[STUDY],
            series_instance_uid=names[SERIES],
            transfer_syntax_uid=structure.transfer_syntax_uid,
            patient_id=patient_id,
            head=(header,),
            body=(start, size - start),
            trailer=b"",
            length=len(header) + size - start,
        )
