"""Objects of one patient, of the kinds that most archives hold."""

from collections.abc import Callable

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from tests.deid.made import image

STUDY = "1.2.826.0.1.3680043.9.1.7"
REFERENCED = f"{STUDY}.2.1"
FRAME = f"{STUDY}.9"


def of(sop_class: str, modality: str, number: int, **elements: object) -> Dataset:
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


def without_pixels(ds: Dataset) -> Dataset:
    for tag in [element.tag for element in ds if element.tag.group == 0x0028]:
        del ds[tag]
    return ds


def item(**elements: object) -> Dataset:
    ds = Dataset()
    for keyword, value in elements.items():
        setattr(ds, keyword, value)
    return ds


def one(**elements: object) -> Sequence:
    return Sequence([item(**elements)])


def code(value: str, meaning: str, scheme: str = "DCM") -> Sequence:
    return one(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning=meaning)


def reference() -> Sequence:
    return one(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2", ReferencedSOPInstanceUID=f"{REFERENCED}")


def _ct() -> Dataset:
    ds = of("1.2.840.10008.5.1.4.1.1.2", "CT", 2)
    ds.update(_geometry())
    ds.KVP, ds.RescaleIntercept, ds.RescaleSlope, ds.AcquisitionNumber = "120", "-1024", "1", "1"
    return ds


def _geometry() -> Dataset:
    return item(
        ImagePositionPatient=["0", "0", "0"],
        ImageOrientationPatient=["1", "0", "0", "0", "1", "0"],
        PixelSpacing=["0.5", "0.5"],
        SliceThickness="5",
    )


def _mr() -> Dataset:
    ds = of("1.2.840.10008.5.1.4.1.1.4", "MR", 3, ScanningSequence="SE", SequenceVariant="SK", ScanOptions="")
    ds.update(_geometry())
    ds.MRAcquisitionType, ds.EchoTime, ds.EchoTrainLength, ds.RepetitionTime = "2D", "10", "1", "500"
    ds.SourceImageSequence = reference()
    return ds


def _pet() -> Dataset:
    ds = of("1.2.840.10008.5.1.4.1.1.128", "PT", 4, CorrectedImage=["DECY", "ATTN"], DecayCorrection="START")
    ds.update(_geometry())
    ds.RescaleIntercept, ds.RescaleSlope, ds.Units, ds.CountsSource = "0", "1.5", "BQML", "EMISSION"
    ds.SeriesType, ds.NumberOfSlices, ds.FrameReferenceTime, ds.ImageIndex = ["STATIC", "IMAGE"], 1, "0", 1
    ds.ActualFrameDuration = "120000"
    ds.RadiopharmaceuticalInformationSequence = one(
        RadiopharmaceuticalStartTime="083000.250000",
        RadiopharmaceuticalStartDateTime="20200705083000.250000",
        RadionuclideTotalDose="350000000",
        RadionuclideHalfLife="6586.2",
        RadionuclideCodeSequence=code("C-111A1", "^18^Fluorine", "SRT"),
    )
    return ds


def _plain(sop_class: str, modality: str, number: int, **elements: object) -> Callable[[], Dataset]:
    return lambda: of(sop_class, modality, number, **elements)


def _mammography() -> Dataset:
    ds = of("1.2.840.10008.5.1.4.1.1.1.2", "MG", 6, PresentationIntentType="FOR PRESENTATION")
    ds.ImageLaterality, ds.OrganExposed, ds.PositionerType = "R", "BREAST", "MAMMOGRAPHIC"
    ds.ViewCodeSequence = code("R-10226", "medio-lateral oblique", "SRT")
    ds.ViewCodeSequence[0].ViewModifierCodeSequence = Sequence([])
    ds.PresentationLUTShape, ds.PixelIntensityRelationship, ds.PixelIntensityRelationshipSign = "IDENTITY", "LOG", -1
    return ds


def multi_frame(sop_class: str, modality: str, number: int) -> Dataset:
    ds = of(sop_class, modality, number, NumberOfFrames="2", Rows=32, Columns=16)
    ds.AcquisitionDateTime = "20200705093000.000001+0200"
    ds.SharedFunctionalGroupsSequence = one(
        PixelMeasuresSequence=one(PixelSpacing=["0.5", "0.5"], SliceThickness="5"),
        PlaneOrientationSequence=one(ImageOrientationPatient=["1", "0", "0", "0", "1", "0"]),
    )
    frames = [
        item(
            FrameContentSequence=one(
                FrameAcquisitionDateTime=f"2020070509300{frame}.5",
                FrameReferenceDateTime=f"2020070509300{frame}.5",
                FrameAcquisitionDuration=12.5,
                FrameComments="Müller",
                DimensionIndexValues=[1, frame + 1],
            ),
            PlanePositionSequence=one(ImagePositionPatient=["0", "0", str(frame)]),
        )
        for frame in range(2)
    ]
    ds.PerFrameFunctionalGroupsSequence = Sequence(frames)
    ds.DimensionOrganizationSequence = one(DimensionOrganizationUID=f"{STUDY}.77")
    ds.DimensionIndexSequence = one(DimensionOrganizationUID=f"{STUDY}.77", DimensionIndexPointer=0x00209157)
    return ds


def _segmentation() -> Dataset:
    ds = multi_frame("1.2.840.10008.5.1.4.1.1.66.4", "SEG", 9)
    ds.SegmentationType, ds.ContentLabel, ds.ContentDescription = "BINARY", "LIVER", "Leber von Müller"
    ds.ContentCreatorName = "Schmidt^Eva"
    ds.SegmentSequence = one(
        SegmentNumber=1,
        SegmentLabel="Leber",
        SegmentAlgorithmType="MANUAL",
        SegmentedPropertyCategoryCodeSequence=code("T-D0050", "Tissue", "SRT"),
        SegmentedPropertyTypeCodeSequence=code("T-62000", "Liver", "SRT"),
    )
    ds.ReferencedSeriesSequence = one(SeriesInstanceUID=f"{STUDY}.2", ReferencedInstanceSequence=reference())
    return ds


def _structure_set() -> Dataset:
    ds = without_pixels(of("1.2.840.10008.5.1.4.1.1.481.3", "RTSTRUCT", 10))
    ds.StructureSetLabel, ds.StructureSetDate, ds.StructureSetTime = "Plan Müller", "20200706", "101112"
    ds.ReferencedFrameOfReferenceSequence = one(FrameOfReferenceUID=FRAME)
    ds.StructureSetROISequence = one(
        ROINumber="1", ReferencedFrameOfReferenceUID=FRAME, ROIName="Blase", ROIGenerationAlgorithm="MANUAL"
    )
    ds.ROIContourSequence = one(
        ReferencedROINumber="1",
        ContourSequence=one(
            ContourGeometricType="POINT",
            NumberOfContourPoints="1",
            ContourData=["1", "2", "3"],
            ContourImageSequence=reference(),
        ),
    )
    ds.RTROIObservationsSequence = one(
        ObservationNumber="1", ReferencedROINumber="1", RTROIInterpretedType="ORGAN", ROIInterpreter="Schmidt^Eva"
    )
    ds.OperatorsName = "Weber^Ina"
    return ds


def _plan() -> Dataset:
    ds = without_pixels(of("1.2.840.10008.5.1.4.1.1.481.5", "RTPLAN", 11))
    ds.RTPlanLabel, ds.RTPlanDate, ds.RTPlanTime, ds.RTPlanGeometry = "Plan", "20200707", "111213", "PATIENT"
    ds.ReferencedStructureSetSequence = one(
        ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.481.3", ReferencedSOPInstanceUID=f"{STUDY}.10.1"
    )
    ds.OperatorsName = ""
    return ds


def _dose() -> Dataset:
    ds = of("1.2.840.10008.5.1.4.1.1.481.2", "RTDOSE", 12)
    ds.update(_geometry())
    ds.DoseUnits, ds.DoseType, ds.DoseSummationType, ds.DoseGridScaling = "GY", "PHYSICAL", "PLAN", "0.001"
    ds.ReferencedRTPlanSequence = one(
        ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.481.5", ReferencedSOPInstanceUID=f"{STUDY}.11.1"
    )
    return ds


def _presentation_state() -> Dataset:
    ds = without_pixels(of("1.2.840.10008.5.1.4.1.1.11.1", "PR", 13))
    ds.ContentLabel, ds.ContentDescription, ds.ContentCreatorName = "MARKS", "Müller", "Schmidt^Eva"
    ds.PresentationCreationDate, ds.PresentationCreationTime = "20200706", "121314"
    ds.ReferencedSeriesSequence = one(SeriesInstanceUID=f"{STUDY}.2", ReferencedImageSequence=reference())
    ds.GraphicLayerSequence = one(GraphicLayer="LAYER", GraphicLayerOrder="1", GraphicLayerDescription="Müller")
    ds.GraphicAnnotationSequence = one(
        GraphicLayer="LAYER",
        TextObjectSequence=one(
            UnformattedTextValue="Anna Müller, Knoten",
            AnchorPointAnnotationUnits="PIXEL",
            AnchorPoint=[1.0, 2.0],
            AnchorPointVisibility="Y",
        ),
    )
    ds.PresentationLUTShape = "IDENTITY"
    return ds


def report(sop_class: str, modality: str, number: int) -> Dataset:
    ds = without_pixels(of(sop_class, modality, number))
    ds.ValueType, ds.ContinuityOfContent = "CONTAINER", "SEPARATE"
    ds.ConceptNameCodeSequence = code("113000" if modality == "KO" else "126000", "Of Interest")
    ds.CompletionFlag, ds.VerificationFlag = "COMPLETE", "UNVERIFIED"
    ds.ReferencedPerformedProcedureStepSequence = Sequence([])
    ds.PerformedProcedureCodeSequence = Sequence([])
    ds.CurrentRequestedProcedureEvidenceSequence = one(
        StudyInstanceUID=STUDY,
        ReferencedSeriesSequence=one(SeriesInstanceUID=f"{STUDY}.2", ReferencedSOPSequence=reference()),
    )
    ds.ContentSequence = Sequence(
        [
            item(
                RelationshipType="CONTAINS",
                ValueType="TEXT",
                TextValue="Befund von Anna Müller unauffällig",
                ConceptNameCodeSequence=code("113012", "Key Object Description"),
            ),
            item(
                RelationshipType="HAS OBS CONTEXT",
                ValueType="PNAME",
                PersonName="Schmidt^Eva",
                ConceptNameCodeSequence=code("121008", "Person Observer Name"),
            ),
            item(
                RelationshipType="HAS OBS CONTEXT",
                ValueType="DATETIME",
                DateTime="20200706120000",
                ConceptNameCodeSequence=code("111060", "Study Date"),
            ),
            item(RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=reference()),
        ]
    )
    return ds


def _waveform() -> Dataset:
    ds = without_pixels(of("1.2.840.10008.5.1.4.1.1.9.1.1", "ECG", 16))
    ds.AcquisitionDateTime, ds.AcquisitionContextSequence = "20200705101112.5", Sequence([])
    ds.WaveformSequence = one(
        WaveformOriginality="ORIGINAL",
        NumberOfWaveformChannels=1,
        NumberOfWaveformSamples=64,
        SamplingFrequency="500",
        MultiplexGroupLabel="RHYTHM",
        WaveformBitsAllocated=16,
        WaveformSampleInterpretation="SS",
        WaveformData=bytes(range(128)),
    )
    ds.WaveformAnnotationSequence = one(AnnotationGroupNumber=1, UnformattedTextValue="Müller, Sinus")
    return ds


def _document(sop_class: str, number: int, mime: str, content: bytes) -> Dataset:
    ds = without_pixels(of(sop_class, "M3D" if "model" in mime else "DOC", number))
    ds.BurnedInAnnotation, ds.DocumentTitle, ds.MIMETypeOfEncapsulatedDocument = "YES", "Brief an Müller", mime
    ds.ConceptNameCodeSequence, ds.ConversionType = Sequence([]), "SD"
    ds.AcquisitionDateTime = "20200705"
    ds.EncapsulatedDocument = content
    return ds


def _ultrasound() -> Dataset:
    ds = of("1.2.840.10008.5.1.4.1.1.3.1", "US", 7, NumberOfFrames="2", Rows=32, Columns=16)
    ds.FrameTime, ds.FrameIncrementPointer = "33.3", 0x00181063
    ds.SequenceOfUltrasoundRegions = one(
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
    "enhanced CT": lambda: multi_frame("1.2.840.10008.5.1.4.1.1.2.1", "CT", 8),
    "enhanced MR": lambda: multi_frame("1.2.840.10008.5.1.4.1.1.4.1", "MR", 21),
    "enhanced PET": lambda: multi_frame("1.2.840.10008.5.1.4.1.1.130", "PT", 22),
    "segmentation": _segmentation,
    "structure set": _structure_set,
    "plan": _plan,
    "dose": _dose,
    "presentation state": _presentation_state,
    "key objects": lambda: report("1.2.840.10008.5.1.4.1.1.88.59", "KO", 14),
    "report": lambda: report("1.2.840.10008.5.1.4.1.1.88.22", "SR", 15),
    "waveform": _waveform,
    "PDF": lambda: _document("1.2.840.10008.5.1.4.1.1.104.1", 17, "application/pdf", b"%PDF-1.4 Anna Mueller "),
    "CDA": lambda: _document("1.2.840.10008.5.1.4.1.1.104.2", 18, "text/XML", b"<patient>Mueller</patient>"),
    "STL": lambda: _document("1.2.840.10008.5.1.4.1.1.104.3", 19, "model/stl", bytes(84)),
    "radiograph": _plain("1.2.840.10008.5.1.4.1.1.1", "CR", 20),
    "secondary capture": _plain("1.2.840.10008.5.1.4.1.1.7", "OT", 23, ConversionType="WSD"),
    "angiography": _plain("1.2.840.10008.5.1.4.1.1.12.1", "XA", 24, KVP="80", PositionerPrimaryAngle="10"),
    "nuclear medicine": _plain("1.2.840.10008.5.1.4.1.1.20", "NM", 25, NumberOfFrames="1"),
}
