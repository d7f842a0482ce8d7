"""Realistic files: those that pydicom ships, and made ones of every kind of object that a PACS holds."""

import warnings
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pydicom.data
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from tests.deid.made import image, written

SHIPPED = Path(pydicom.data.__file__).parent
STUDY = "1.2.826.0.1.3680043.9.1.7"
REFERENCED = f"{STUDY}.2.1"
FRAME = f"{STUDY}.9"


def shipped() -> Iterator[tuple[str, bytes]]:
    """pydicom's own files, its DICOMDIRs and what is no DICOM left out."""
    for path in sorted(SHIPPED.rglob("*")):
        if path.is_file() and path.suffix not in {".py", ".txt", ".json", ".md", ".icc", ".dump", ".gz", ".pyc"}:
            data = path.read_bytes()
            if "palettes" not in path.parts and "DICOMDIR" not in path.name and len(data) < 1_500_000:
                yield path.relative_to(SHIPPED).as_posix(), data


def made() -> Iterator[tuple[str, bytes]]:
    """One patient's files of every kind, in four transfer syntaxes."""
    for name, make in KINDS.items():
        for syntax in ("explicit", "implicit", "deflated", "big-endian"):
            ds = make()
            pixels = "Rows" in ds and "PixelData" not in ds
            yield f"{name} {syntax}", written(ds, syntax, pixels=pixels)


def corpus() -> Iterator[tuple[str, bytes]]:
    """All of it: name and bytes."""
    yield from shipped()
    yield from made()


def parsed(data: bytes) -> Dataset:
    """A file as pydicom reads it, without its complaints."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dcmread(BytesIO(data), force=True)


def _of(sop_class: str, modality: str, number: int, **elements: object) -> Dataset:
    """An image of the patient that all made files are of."""
    ds = image(
        SOPClassUID=UID(sop_class),
        SOPInstanceUID=f"{STUDY}.{number}.1",
        StudyInstanceUID=STUDY,
        SeriesInstanceUID=f"{STUDY}.{number}",
        FrameOfReferenceUID=FRAME,
        Modality=modality,
        SeriesDate="20200705",
        SeriesTime="081501.5",
        ContentDate="20200706",
        ContentTime="000001.000001",
        AcquisitionDate="20200705",
        AcquisitionTime="093000.000001",
        ReferringPhysicianName="Schmidt^Eva",
        InstitutionName="Klinikum",
        StudyDescription="Kontrolle Müller",
        SeriesDescription="Serie 5 mm",
        PatientAge="070Y",
        PatientWeight="71.5",
        PositionReferenceIndicator="",
        PatientOrientation=["L", "P"],
        PatientPosition="HFS",
        BodyPartExamined="",
        ViewPosition="",
        ManufacturerModelName="Model 7",
        DeviceSerialNumber="SN-5566",
        SoftwareVersions="VB20",
        OperatorsName="Weber^Ina",
        **elements,
    )
    if modality in {"CR", "MG"}:
        ds.BodyPartExamined = "BREAST"
    return ds


def _without_pixels(ds: Dataset) -> Dataset:
    for tag in [element.tag for element in ds if element.tag.group == 0x0028]:
        del ds[tag]
    return ds


def _item(**elements: object) -> Dataset:
    ds = Dataset()
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def _one(**elements: object) -> Sequence:
    return Sequence([_item(**elements)])


def _code(value: str, meaning: str, scheme: str = "DCM") -> Sequence:
    return _one(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def _reference() -> Sequence:
    return _one(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID=f"{REFERENCED}")


def _ct() -> Dataset:
    ds = _of("1.2.840.10008.5.1.4.1.1.2", "CT", 2)
    ds.update(_geometry())
    ds.KVP, ds.RescaleIntercept, ds.RescaleSlope, ds.AcquisitionNumber = "120", "-1024", "1", "1"
    return ds


def _geometry() -> Dataset:
    return _item(
        ImagePositionPatient=["0", "0", "0"],
        ImageOrientationPatient=["1", "0", "0", "0", "1", "0"],
        PixelSpacing=["0.5", "0.5"],
        SliceThickness="5",
    )


def _mr() -> Dataset:
    ds = _of("1.2.840.10008.5.1.4.1.1.4", "MR", 3, ScanningSequence="SE", SequenceVariant="SK", ScanOptions="")
    ds.update(_geometry())
    ds.MRAcquisitionType, ds.EchoTime, ds.EchoTrainLength, ds.RepetitionTime = "2D", "10", "1", "500"
    ds.SourceImageSequence = _reference()
    return ds


def _pet() -> Dataset:
    ds = _of("1.2.840.10008.5.1.4.1.1.128", "PT", 4, CorrectedImage=["DECY", "ATTN"], DecayCorrection="START")
    ds.update(_geometry())
    ds.RescaleIntercept, ds.RescaleSlope, ds.Units, ds.CountsSource = "0", "1.5", "BQML", "EMISSION"
    ds.SeriesType, ds.NumberOfSlices, ds.FrameReferenceTime, ds.ImageIndex = ["STATIC", "IMAGE"], 1, "0", 1
    ds.ActualFrameDuration = "120000"
    ds.RadiopharmaceuticalInformationSequence = _one(
        RadiopharmaceuticalStartTime="083000.250000",
        RadiopharmaceuticalStartDateTime="20200705083000.250000",
        RadionuclideTotalDose="350000000",
        RadionuclideHalfLife="6586.2",
        RadionuclideCodeSequence=_code("C-111A1", "^18^Fluorine", "SRT"),
    )
    return ds


def _plain(sop_class: str, modality: str, number: int, **elements: object) -> Callable[[], Dataset]:
    return lambda: _of(sop_class, modality, number, **elements)


def _mammography() -> Dataset:
    ds = _of("1.2.840.10008.5.1.4.1.1.1.2", "MG", 6, PresentationIntentType="FOR PRESENTATION")
    ds.ImageLaterality, ds.OrganExposed, ds.PositionerType = "R", "BREAST", "MAMMOGRAPHIC"
    ds.ViewCodeSequence = _code("R-10226", "medio-lateral oblique", "SRT")
    ds.ViewCodeSequence[0].ViewModifierCodeSequence = Sequence([])
    ds.PresentationLUTShape, ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "IDENTITY", "LOG", -1
    return ds


def _multi_frame(sop_class: str, modality: str, number: int) -> Dataset:
    ds = _of(sop_class, modality, number, NumberOfFrames="2", Rows=32, Columns=16)
    ds.AcquisitionDateTime = "20200705093000.000001+0200"
    ds.SharedFunctionalGroupsSequence = _one(
        PixelMeasuresSequence=_one(PixelSpacing=["0.5", "0.5"], SliceThickness="5"),
        PlaneOrientationSequence=_one(ImageOrientationPatient=["1", "0", "0", "0", "1", "0"]),
    )
    frames = [
        _item(
            FrameContentSequence=_one(
                FrameAcquisitionDateTime=f"2020070509300{frame}.5",
                FrameReferenceDateTime=f"2020070509300{frame}.5",
                FrameAcquisitionDuration=12.5,
                FrameComments="Müller",
                DimensionIndexValues=[1, frame + 1],
            ),
            PlanePositionSequence=_one(ImagePositionPatient=["0", "0", str(frame)]),
        )
        for frame in range(2)
    ]
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)
    ds.DimensionOrganizationSequence = _one(DimensionOrganizationUID=f"{STUDY}.77")
    ds.DimensionIndexSequence = _one(DimensionOrganizationUID=f"{STUDY}.77", DimensionIndexPointer=0x00209157)
    return ds


def _segmentation() -> Dataset:
    ds = _multi_frame("1.2.840.10008.5.1.4.1.1.66.4", "SEG", 9)
    ds.SegmentationType, ds.ContentLabel, ds.ContentDescription = "BINARY", "LIVER", "Leber von Müller"
    ds.ContentCreatorName = "Schmidt^Eva"
    ds.SegmentSequence = _one(
        SegmentNumber=1,
        SegmentLabel="Leber",
        SegmentAlgorithmType="MANUAL",
        SegmentedPropertyCategoryCodeSequence=_code("T-D0050", "Tissue", "SRT"),
        SegmentedPropertyTypeCodeSequence=_code("T-62000", "Liver", "SRT"),
    )
    ds.ReferencedSeriesSequence = _one(SeriesInstanceUID=f"{STUDY}.2", ReferencedInstanceSequence=_reference())
    return ds


def _structure_set() -> Dataset:
    ds = _without_pixels(_of("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT", 10))
    ds.StructureSetLabel, ds.StructureSetDate, ds.StructureSetTime = "Plan Müller", "20200706", "101112"
    ds.ReferencedFrameOfReferenceSequence = _one(FrameOfReferenceUID=FRAME)
    ds.StructureSetROISequence = _one(
        ROINumber="1", ReferencedFrameOfReferenceUID=FRAME, ROIName="Blase", ROIGenerationAlgorithm="MANUAL"
    )
    ds.ROIContourSequence = _one(
        ReferencedROINumber="1",
        ContourSequence=_one(
            ContourGeometricType="POINT",
            NumberOfContourPoints="1",
            ContourData=["1", "2", "3"],
            ContourImageSequence=_reference(),
        ),
    )
    ds.RTROIObservationsSequence = _one(
        ObservationNumber="1", ReferencedROINumber="1", RTROIInterpretedType="ORGAN", ROIInterpreter="Schmidt^Eva"
    )
    ds.OperatorsName = "Weber^Ina"
    return ds


def _plan() -> Dataset:
    ds = _without_pixels(_of("1.2.840.10008.5.1.4.1.1.481.5", "RTPLAN", 11))
    ds.RTPlanLabel, ds.RTPlanDate, ds.RTPlanTime, ds.RTPlanGeometry = "Plan", "20200707", "111213", "PATIENT"
    ds.ReferencedStructureSetSequence = _one(
        ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.481.3", ReferencedSOPInstanceUID=f"{STUDY}.10.1"
    )
    ds.OperatorsName = ""
    return ds


def _dose() -> Dataset:
    ds = _of("1.2.840.10008.5.1.4.1.1.481.2", "RTDOSE", 12)
    ds.update(_geometry())
    ds.DoseUnits, ds.DoseType, ds.DoseSummationType, ds.DoseGridScaling = "GY", "PHYSICAL", "PLAN", "0.001"
    ds.ReferencedRTPlanSequence = _one(
        ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.481.5", ReferencedSOPInstanceUID=f"{STUDY}.11.1"
    )
    return ds


def _presentation_state() -> Dataset:
    ds = _without_pixels(_of("1.2.840.10008.5.1.4.1.1.11.1", "PR", 13))
    ds.ContentLabel, ds.ContentDescription, ds.ContentCreatorName = "MARKS", "Müller", "Schmidt^Eva"
    ds.PresentationCreationDate, ds.PresentationCreationTime = "20200706", "121314"
    ds.ReferencedSeriesSequence = _one(SeriesInstanceUID=f"{STUDY}.2", ReferencedImageSequence=_reference())
    ds.GraphicLayerSequence = _one(GraphicLayer="LAYER", GraphicLayerOrder="1", GraphicLayerDescription="Müller")
    ds.GraphicAnnotationSequence = _one(
        GraphicLayer="LAYER",
        TextObjectSequence=_one(
            UnformattedTextValue="Anna Müller, Knoten",
            AnchorPointAnnotationUnits="PIXEL",
            AnchorPoint=[1.0, 2.0],
            AnchorPointVisibility="Y",
        ),
    )
    ds.PresentationLUTShape = "IDENTITY"
    return ds


def _report(sop_class: str, modality: str, number: int) -> Dataset:
    ds = _without_pixels(_of(sop_class, modality, number))
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = _code("113000" if modality == "KO" else "126000", "Of Interest")
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
    ds.ReferencedPerformedProcedureStepSequence = Sequence([])
    ds.PerformedProcedureCodeSequence = Sequence([])
    ds.CurrentRequestedProcedureEvidenceSequence = _one(
        StudyInstanceUID=STUDY,
        ReferencedSeriesSequence=_one(SeriesInstanceUID=f"{STUDY}.2", ReferencedSOPSequence=_reference()),
    )
    ds.ContentSequence = Sequence(
        [
            _item(
                RelationshipType="CONTAINS",
                ValueType="TEXT",
                TextValue="Befund von Anna Müller unauffällig",
                ConceptNameCodeSequence=_code("113012", "Key Object Description"),
            ),
            _item(
                RelationshipType="HAS OBS CONTEXT",
                ValueType="PNAME",
                PersonName="Schmidt^Eva",
                ConceptNameCodeSequence=_code("121008", "Person Observer Name"),
            ),
            _item(
                RelationshipType="HAS OBS CONTEXT",
                ValueType="DATETIME",
                DateTime="20200706120000",
                ConceptNameCodeSequence=_code("111060", "Study Date"),
            ),
            _item(RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=_reference()),
        ]
    )
    return ds


def _waveform() -> Dataset:
    ds = _without_pixels(_of("1.2.840.10008.5.1.4.1.1.9.1.1", "ECG", 16))
    ds.AcquisitionDateTime, ds.AcquisitionContextSequence = "20200705101112.5", Sequence([])
    ds.WaveformSequence = _one(
        WaveformOriginality="ORIGINAL",
        NumberOfWaveformChannels=1,
        NumberOfWaveformSamples=64,
        SamplingFrequency="500",
        MultiplexGroupLabel="RHYTHM",
        WaveformBitsAllocated=16,
        WaveformSampleInterpretation="SS",
        WaveformData=bytes(range(128)),
    )
    ds.WaveformAnnotationSequence = _one(AnnotationGroupNumber=1, UnformattedTextValue="Müller, Sinus")
    return ds


def _document(sop_class: str, number: int, mime: str, content: bytes) -> Dataset:
    ds = _without_pixels(_of(sop_class, "M3D" if "model" in mime else "DOC", number))
    ds.BurnedInAnnotation, ds.DocumentTitle, ds.MIMETypeOfEncapsulatedDocument = "YES", "Brief an Müller", mime
    ds.ConceptNameCodeSequence, ds.ConversionType = Sequence([]), "SD"
    ds.AcquisitionDateTime = "20200705"
    ds.EncapsulatedDocument = content
    return ds


def _ultrasound() -> Dataset:
    ds = _of("1.2.840.10008.5.1.4.1.1.3.1", "US", 7, NumberOfFrames="2", Rows=32, Columns=16)
    ds.FrameTime, ds.FrameIncrementPointer = "33.3", 0x00181063
    ds.SequenceOfUltrasoundRegions = _one(
        RegionSpatialFormat=1,
        RegionDataType=1,
        RegionFlags=0,
        RegionLocationMinX0=0,
        RegionLocationMinY0=0,
        RegionLocationMaxX1=15,
        RegionLocationMaxY1=31,
        PhysicalUnitsXDirection=3,
        PhysicalUnitsYDirection=3,
        PhysicalDeltaX=0.1,
        PhysicalDeltaY=0.1,
    )
    return ds


KINDS: dict[str, Callable[[], Dataset]] = {
    "CT": _ct,
    "MR": _mr,
    "PET": _pet,
    "ultrasound": _plain("1.2.840.10008.5.1.4.1.1.6.1", "US", 5),
    "mammography": _mammography,
    "ultrasound multi-frame": _ultrasound,
    "enhanced CT": lambda: _multi_frame("1.2.840.10008.5.1.4.1.1.2.1", "CT", 8),
    "enhanced MR": lambda: _multi_frame("1.2.840.10008.5.1.4.1.1.4.1", "MR", 21),
    "enhanced PET": lambda: _multi_frame("1.2.840.10008.5.1.4.1.1.130", "PT", 22),
    "segmentation": _segmentation,
    "structure set": _structure_set,
    "plan": _plan,
    "dose": _dose,
    "presentation state": _presentation_state,
    "key objects": lambda: _report("1.2.840.10008.5.1.4.1.1.88.59", "KO", 14),
    "report": lambda: _report("1.2.840.10008.5.1.4.1.1.88.22", "SR", 15),
    "waveform": _waveform,
    "PDF": lambda: _document("1.2.840.10008.5.1.4.1.1.104.1", 17, "application/pdf", b"%PDF-1.4 Anna Mueller "),
    "CDA": lambda: _document("1.2.840.10008.5.1.4.1.1.104.2", 18, "text/XML", b"<patient>Mueller</patient>"),
    "STL": lambda: _document("1.2.840.10008.5.1.4.1.1.104.3", 19, "model/stl", bytes(84)),
    "radiograph": _plain("1.2.840.10008.5.1.4.1.1.1", "CR", 20),
    "secondary capture": _plain("1.2.840.10008.5.1.4.1.1.7", "OT", 23, ConversionType="WSD"),
    "angiography": _plain("1.2.840.10008.5.1.4.1.1.12.1", "XA", 24, KVP="80", PositionerPrimaryAngle="10"),
    "nuclear medicine": _plain("1.2.840.10008.5.1.4.1.1.20", "NM", 25, NumberOfFrames="1"),
}
