"""Stand-ins and made-up things for the window's tests."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from adit_uploader.account.servers import ServerAddress
from adit_uploader.desktop.controllers.desk import SignedIn
from adit_uploader.desktop.gateway import Reporter
from adit_uploader.dicom.inventory import Instance, Inventory, LeftOut, LeftOutReason, Location, Patient, Series, Study
from adit_uploader.protocol.messages import DestinationInfo, ModeName, Policies, Welcome

SERVER = ServerAddress.parse("https://adit.example.org")
CT = "1.2.840.10008.5.1.4.1.1.2"
US = "1.2.840.10008.5.1.4.1.1.6.1"


class ManualGateway:
    """Work waits until the test lets it run, one by one or all; then its end is told at once."""

    def __init__(self) -> None:
        self.waiting: list[tuple[Reporter, Callable[[], None]]] = []
        self.reports: dict[Reporter, Callable[[Sequence[object]], None] | None] = {}

    def run(
        self,
        work: Callable[[Reporter], Any],
        *,
        done: Callable[[Any], None],
        failed: Callable[[BaseException], None],
        reports: Callable[[Sequence[object]], None] | None = None,
    ) -> Reporter:
        reporter = Reporter()

        def go() -> None:
            try:
                result = work(reporter)
            except Exception as error:  # noqa: BLE001 - as the real one: every end is told
                self.tell(reporter, reports)
                failed(error)
            else:
                self.tell(reporter, reports)
                done(result)

        self.waiting.append((reporter, go))
        return reporter

    def tell(self, reporter: Reporter, reports: Callable[[Sequence[object]], None] | None) -> None:
        news = reporter.drain()
        if news and reports is not None:
            reports(news)

    def finish_one(self) -> None:
        self.waiting.pop(0)[1]()

    def finish(self) -> None:
        """Everything, also what is asked for meanwhile."""
        while self.waiting:
            self.finish_one()


def instance(
    patient_id: str,
    series: str,
    number: int,
    *,
    sop_class: str = CT,
    modality: str = "CT",
    columns: int = 0,
    rows: int = 0,
) -> Instance:
    study = series.rpartition(".")[0]
    return Instance(
        location=Location(Path(f"/made-up/{series}/{number}.dcm")),
        size=1000,
        modified_ns=0,
        sop_class_uid=sop_class,
        sop_instance_uid=f"{series}.{number}",
        study_instance_uid=study,
        series_instance_uid=series,
        transfer_syntax_uid="1.2.840.10008.1.2.1",
        patient_id=patient_id,
        patient_name="",
        patient_birth_date="",
        patient_sex="",
        modality=modality,
        columns=columns,
        rows=rows,
    )


def patient(
    patient_id: str,
    *,
    root: str,
    name: str = "",
    images: int = 2,
    ultrasound: bool = False,
    columns: int = 0,
    rows: int = 0,
) -> Patient:
    """One study with a CT series, and an ultrasound series of this size if asked for."""
    study = f"{root}.1"
    series = [
        Series(
            f"{study}.1",
            "CT",
            "Head",
            1,
            tuple(instance(patient_id, f"{study}.1", number) for number in range(1, images + 1)),
        )
    ]
    if ultrasound:
        only = instance(patient_id, f"{study}.2", 1, sop_class=US, modality="US", columns=columns, rows=rows)
        series.append(Series(f"{study}.2", "US", "", 2, (only,)))
    studies = (Study(study, "20240229", "Head CT", tuple(series)),)
    return Patient(patient_id, (name,) if name else (), (), (), studies)


def inventory(*patients: Patient, left_out: int = 0) -> Inventory:
    return Inventory(
        patients,
        tuple(LeftOut(Location(Path(f"/made-up/{n}.txt")), LeftOutReason.NOT_DICOM) for n in range(left_out)),
    )


TWO = inventory(
    patient("1001", root="1.2.3", name="Müller^Anna"), patient("0002734", root="1.2.4", name="Jäger^Bernd"), left_out=1
)
ONE = inventory(patient("1001", root="1.2.3"))
WITH_ULTRASOUND = inventory(patient("1001", root="1.2.3", ultrasound=True))


def welcome(
    modes: tuple[ModeName, ...] = ("internal", "batch", "fixed"),
    *,
    department: str = "Radiology",
    policies: Policies | None = None,
    destinations: tuple[DestinationInfo, ...] = (DestinationInfo("archive", "folder", preselected=True),),
) -> Welcome:
    return Welcome(
        program="receiver",
        user="anna",
        department=department,
        modes=modes,
        destinations=destinations,
        profile="research",
        profiles=("research",),
        site_key="ab" * 32,
        policies=policies or Policies(),
    )


def signed_in(said: Welcome | None = None) -> SignedIn:
    return SignedIn(SERVER, "0123456789abcdef", said or welcome())
