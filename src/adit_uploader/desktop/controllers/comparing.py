"""An instance before and after: all its elements, by the plan as it stands, with its picture. Nothing is kept."""

from typing import TYPE_CHECKING

from adit_uploader.deid.identity import PatientSecrets
from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.planning import row_states
from adit_uploader.desktop.controllers.ports import ComparisonView, Render, Words
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import ComparisonState, RowState
from adit_uploader.dicom.inventory import Instance, Patient, Series, Study
from adit_uploader.dicom.pictures.render import Picture
from adit_uploader.transfer.plan import PlannedPatient, UploadPlan

if TYPE_CHECKING:  # the window starts without the engine
    from adit_uploader.transfer.comparing import Compared, Comparer

PICTURE = (800, 800)  # pixels
Rows = tuple[Patient | Study | Series, ...]


class ComparingController:
    """Only the newest instance that was asked for is shown: whoever slides fast sees the place where they stopped."""

    def __init__(self, desk: Desk, *, view: ComparisonView, gateway: Gateway, render: Render, words: Words) -> None:
        self._desk = desk
        self._view = view
        self._gateway = gateway
        self._render = render
        self._words = words
        self._rows: Rows = ()
        self._place = 0
        self._comparer: tuple[UploadPlan, Comparer] | None = None
        self._comparing: Reporter | None = None
        self._drawing: Reporter | None = None
        desk.listen(self._changed)

    def look_at(self, rows: Rows) -> None:
        """Opens the look at a row's first series."""
        while rows and not isinstance(rows[-1], Series):
            rows = (*rows, _below(rows[-1])[0])
        if rows:
            self._rows = rows
            self.show(0)

    def show(self, place: int) -> None:
        """This instance of the series, from 0 on."""
        self._place = place
        instances = self._instances()
        if not 0 <= place < len(instances):
            return
        plan = self._desk.plan
        key = instances[place].series_instance_uid
        fate = RowState.UNDECIDED if plan is None else row_states(plan).get(key, RowState.UNDECIDED)
        self._view.show_comparison(ComparisonState(self._rows, place, len(instances), fate))
        self._compare()
        self._draw()

    def say_again(self) -> None:
        """All of it in the language that is spoken now."""
        if self._rows:
            self.show(self._place)

    def close(self) -> None:
        self._rows = ()
        self._comparer = None

    def _instances(self) -> tuple[Instance, ...]:
        last = self._rows[-1] if self._rows else None
        return last.instances if isinstance(last, Series) else ()

    def _compare(self) -> None:
        if self._comparing is not None or not self._rows:
            return
        plan, asked = self._desk.plan, (self._rows, self._place)
        instance = self._instances()[self._place]
        planned = None if plan is None else planned_patient(plan, self._rows[0])
        if plan is None or planned is None:
            said = self._words.no_comparison()
            self._view.set_lines(None, f"{said.title}\n\n{said.message}")
            return
        known = self._comparer[1] if self._comparer is not None and self._comparer[0] is plan else None

        def work(_: Reporter) -> "tuple[Comparer, Compared]":
            from adit_uploader.transfer.comparing import Comparer  # noqa: PLC0415 - see above

            comparer = known or Comparer(plan)
            return comparer, comparer.compare(planned, instance)

        def done(made: "tuple[Comparer, Compared]") -> None:
            self._comparing = None
            if self._rows:
                self._comparer = (plan, made[0])
            if asked == (self._rows, self._place) and plan is self._desk.plan:
                self._view.set_lines(made[1])
            else:
                self._compare()

        def failed(error: BaseException) -> None:
            self._comparing = None
            if asked == (self._rows, self._place) and plan is self._desk.plan:
                said = self._words.explain(error)
                self._view.set_lines(None, f"{said.title}\n\n{said.message}")
            else:
                self._compare()

        self._comparing = self._gateway.run(work, done=done, failed=failed)

    def _draw(self) -> None:
        if self._drawing is not None or not self._rows:
            return
        asked, render = (self._rows, self._place), self._render
        location = self._instances()[self._place].location

        def ended(picture: Picture | None, text: str) -> None:
            self._drawing = None
            if asked == (self._rows, self._place):
                self._view.set_picture(picture, text)
            else:
                self._draw()

        def failed(error: BaseException) -> None:
            said = self._words.explain(error)
            ended(None, f"{said.title}\n\n{said.message}")

        self._drawing = self._gateway.run(
            lambda _: render(location, 0, PICTURE), done=lambda picture: ended(picture, ""), failed=failed
        )

    def _changed(self, change: Change) -> None:
        if change is Change.PLAN and self._rows:
            self.show(self._place)


def planned_patient(plan: UploadPlan, patient: Patient | Study | Series) -> PlannedPatient | None:
    """What a patient becomes by a plan, also where nothing is sent of it at the moment; None: it gets no pseudonym."""
    if not isinstance(patient, Patient):
        return None
    sent = (one for one in plan.patients if one.patient.patient_id == patient.patient_id)
    given = (
        PlannedPatient(patient, one.pseudonym, PatientSecrets.of(patient))
        for one in plan.assignment.pseudonyms
        if one.patient.patient_id == patient.patient_id
    )
    return next(sent, None) or next(given, None)


def _below(item: Patient | Study | Series) -> tuple[Study, ...] | tuple[Series, ...]:
    match item:
        case Patient():
            return item.studies
        case Study():
            return item.series
        case Series():
            return (item,)
