"""Kinds of objects that fewer archives hold: reports of every class, tomosynthesis, videos, slides, registrations."""

from collections.abc import Callable

from pydicom.dataset import Dataset
from pydicom.sequence import Sequence

from tests.deid.objects import FRAME, STUDY, code, item, multi_frame, of, one, reference, report, without_pixels

SR = "1.2.840.10008.5.1.4.1.1.88"


def _measurements() -> Dataset:
    """TID 1500: a measurement report with an observer, a tracked finding, a length and where it was measured."""
    ds = report(f"{SR}.34", "SR", 40)
    ds.ConceptNameCodeSequence = code("126000", "Imaging Measurement Report")
    ds.ContentTemplateSequence = one(MappingResource="DCMR", TemplateIdentifier="1500")
    length = item(
        RelationshipType="CONTAINS",
        ValueType="NUM",
        ConceptNameCodeSequence=code("410668003", "Length", "SCT"),
        MeasuredValueSequence=one(NumericValue="12.5", MeasurementUnitsCodeSequence=code("mm", "millimeter", "UCUM")),
        ContentSequence=Sequence(
            [
                item(
                    RelationshipType="INFERRED FROM",
                    ValueType="SCOORD3D",
                    GraphicType="POLYLINE",
                    GraphicData=[1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
                    ReferencedFrameOfReferenceUID=FRAME,
                )
            ]
        ),
    )
    tracking = item(
        RelationshipType="HAS OBS CONTEXT",
        ValueType="TEXT",
        TextValue="Herd 1 bei Anna Müller",
        ConceptNameCodeSequence=code("112039", "Tracking Identifier"),
    )
    uid = item(
        RelationshipType="HAS OBS CONTEXT",
        ValueType="UIDREF",
        UID=f"{STUDY}.4711",
        ConceptNameCodeSequence=code("112040", "Tracking Unique Identifier"),
    )
    group = item(
        RelationshipType="CONTAINS",
        ValueType="CONTAINER",
        ContinuityOfContent="SEPARATE",
        ConceptNameCodeSequence=code("125007", "Measurement Group"),
        ContentSequence=Sequence([tracking, uid, length]),
    )
    groups = item(
        RelationshipType="CONTAINS",
        ValueType="CONTAINER",
        ContinuityOfContent="SEPARATE",
        ConceptNameCodeSequence=code("126010", "Imaging Measurements"),
        ContentSequence=Sequence([group]),
    )
    ds.ContentSequence = Sequence([*ds.ContentSequence, groups])
    return ds


def _dose_report() -> Dataset:
    """TID 10011: what a scanner says of its radiation, with dates, device and operator inside."""
    ds = report(f"{SR}.67", "SR", 41)
    ds.ConceptNameCodeSequence = code("113701", "X-Ray Radiation Dose Report")
    for kind, value, meaning in (
        ("TEXT", "SN-5566", "Device Observer Serial Number"),
        ("TEXT", "Klinikum", "Facility"),
    ):
        ds.ContentSequence.append(
            item(
                RelationshipType="HAS OBS CONTEXT",
                ValueType=kind,
                TextValue=value,
                ConceptNameCodeSequence=code("121016", meaning),
            )
        )
    return ds


def _tomosynthesis() -> Dataset:
    ds = multi_frame("1.2.840.10008.5.1.4.1.1.13.1.3", "MG", 42)
    ds.ViewCodeSequence, ds.OrganExposed, ds.BodyPartExamined = code("399368009", "MLO", "SCT"), "BREAST", "BREAST"
    ds.PresentationIntentType, ds.PositionerType = "FOR PRESENTATION", "MAMMOGRAPHIC"
    ds.DateOfLastDetectorCalibration, ds.DetectorID = "20200101", "DET-7788"
    return ds


def _registration() -> Dataset:
    ds = without_pixels(of("1.2.840.10008.5.1.4.1.1.66.1", "REG", 43))
    ds.ContentLabel, ds.ContentDescription, ds.ContentCreatorName = "REG", "Müller", "Schmidt^Eva"
    ds.ContentDate, ds.ContentTime = "20200706", "121314"
    matrix = one(
        FrameOfReferenceTransformationMatrix=[str(int(n % 5 == 0)) for n in range(16)],
        FrameOfReferenceTransformationMatrixType="RIGID",
    )
    ds.RegistrationSequence = one(
        FrameOfReferenceUID=FRAME,
        MatrixRegistrationSequence=one(MatrixSequence=matrix),
        ReferencedImageSequence=reference(),
    )
    ds.ReferencedSeriesSequence = one(SeriesInstanceUID=f"{STUDY}.2", ReferencedInstanceSequence=reference())
    return ds


def _slide() -> Dataset:
    ds = multi_frame("1.2.840.10008.5.1.4.1.1.77.1.6", "SM", 44)
    ds.ContainerIdentifier, ds.IssuerOfTheContainerIdentifierSequence = "S20-4711", Sequence([])
    ds.ContainerTypeCodeSequence = code("433466003", "Microscope slide", "SCT")
    ds.SpecimenDescriptionSequence = one(
        SpecimenIdentifier="S20-4711-A",
        SpecimenUID=f"{STUDY}.44.9",
        IssuerOfTheSpecimenIdentifierSequence=Sequence([]),
        SpecimenDetailedDescription="Müller, Mamma rechts",
        SpecimenPreparationSequence=Sequence([]),
    )
    ds.BarcodeValue, ds.LabelText, ds.SpecimenLabelInImage = "4711", "Müller 4711", "YES"
    return ds


def _treatment_record() -> Dataset:
    ds = without_pixels(of("1.2.840.10008.5.1.4.1.1.481.4", "RTRECORD", 45))
    ds.TreatmentDate, ds.TreatmentTime, ds.ReviewerName = "20200707", "111213", "Schmidt^Eva"
    ds.TreatmentMachineSequence = one(
        TreatmentMachineName="LINAC 3", Manufacturer="Maker", InstitutionName="Klinikum", DeviceSerialNumber="SN-99"
    )
    ds.ReferencedRTPlanSequence = one(
        ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.481.5", ReferencedSOPInstanceUID=f"{STUDY}.11.1"
    )
    return ds


def _real_world_values() -> Dataset:
    ds = without_pixels(of("1.2.840.10008.5.1.4.1.1.67", "RWV", 46))
    ds.ContentLabel, ds.ContentDescription, ds.ContentCreatorName = "SUV", "Müller", "Schmidt^Eva"
    ds.ReferencedImageRealWorldValueMappingSequence = one(
        ReferencedImageSequence=reference(),
        RealWorldValueMappingSequence=one(LUTExplanation="SUV", LUTLabel="SUVbw", RealWorldValueSlope=0.5),
    )
    return ds


def _animal() -> Dataset:
    """PS3.3 C.7.1.1: of an animal its owner must be told, if only by an empty element."""
    ds = of("1.2.840.10008.5.1.4.1.1.1", "CR", 63)
    ds.PatientSpeciesDescription, ds.PatientBreedDescription = "Katze", "Europäisch Kurzhaar"
    ds.PatientSpeciesCodeSequence = code("448169003", "Felis catus", "SCT")
    ds.PatientBreedCodeSequence, ds.BreedRegistrationSequence = Sequence([]), Sequence([])
    ds.PatientSexNeutered, ds.ResponsiblePerson, ds.ResponsibleOrganization = "UNALTERED", "Müller^Anna", "Tierheim"
    ds.ResponsiblePersonRole = "OWNER"
    return ds


def _plain(sop_class: str, modality: str, number: int, **elements: object) -> Callable[[], Dataset]:
    return lambda: of(f"1.2.840.10008.5.1.4.1.1.{sop_class}", modality, number, **elements)


def _waveforms(sop_class: str, modality: str, number: int) -> Callable[[], Dataset]:
    def make() -> Dataset:
        ds = without_pixels(of(f"1.2.840.10008.5.1.4.1.1.9.{sop_class}", modality, number))
        ds.AcquisitionDateTime, ds.AcquisitionContextSequence = "20200705101112.5", Sequence([])
        ds.WaveformSequence = one(
            WaveformOriginality="ORIGINAL",
            NumberOfWaveformChannels=1,
            NumberOfWaveformSamples=64,
            SamplingFrequency="500",
            TriggerTimeOffset="0",
            WaveformBitsAllocated=16,
            WaveformSampleInterpretation="SS",
            WaveformData=bytes(range(128)),
        )
        return ds

    return make


VIDEOS: dict[str, Callable[[], Dataset]] = {
    "endoscopic video": _plain("77.1.1.1", "ES", 60, NumberOfFrames="10", FrameTime="40"),
    "microscopic video": _plain("77.1.2.1", "GM", 61, NumberOfFrames="10", FrameTime="40"),
    "photographic video": _plain("77.1.4.1", "XC", 62, NumberOfFrames="10", FrameTime="40"),
}
KINDS: dict[str, Callable[[], Dataset]] = {
    "basic text report": lambda: report(f"{SR}.11", "SR", 47),
    "comprehensive report": lambda: report(f"{SR}.33", "SR", 48),
    "comprehensive 3D report": lambda: report(f"{SR}.34", "SR", 49),
    "measurement report": _measurements,
    "dose report": _dose_report,
    "tomosynthesis": _tomosynthesis,
    "registration": _registration,
    "slide": _slide,
    "treatment record": _treatment_record,
    "real world values": _real_world_values,
    "digital radiograph": _plain("1.1", "DX", 50, PresentationIntentType="FOR PRESENTATION"),
    "raw mammography": _plain("1.2.1", "MG", 51, PresentationIntentType="FOR PROCESSING"),
    "photograph": _plain("77.1.4", "XC", 52),
    "fundus": _plain("77.1.5.1", "OP", 53, NumberOfFrames="1"),
    "therapy image": _plain("481.1", "RTIMAGE", 54, RTImageLabel="Müller", RTImagePlane="NORMAL"),
    "radiograph of a cat": _animal,
    "general ECG": _waveforms("1.2", "ECG", 55),
    "blood pressure": _waveforms("2.1", "HD", 56),
    "voice": _waveforms("4.1", "AU", 57),
    "fluoroscopy": _plain("12.2", "RF", 58, KVP="80", RadiationSetting="SC"),
    "instance of a private class": lambda: of("1.3.12.2.1107.5.9.1", "OT", 59, PatientComments="Müller"),
}
