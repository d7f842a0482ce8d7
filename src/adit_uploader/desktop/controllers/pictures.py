"""Held series and their pictures: thumbnails in the list, a large look at each, and the user's word on it."""

from adit_uploader.deid.blanking.areas import Blanking, Rectangle
from adit_uploader.deid.burned_in import burned_in_risk
from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.held import held_choices
from adit_uploader.desktop.controllers.ports import InventoryView, Render, ReviewView, Words
from adit_uploader.desktop.gateway import Gateway, Reporter
from adit_uploader.desktop.values import HeldChoice, HeldDecision, ReviewState
from adit_uploader.dicom.inventory import Instance
from adit_uploader.dicom.pictures.render import Picture

THUMBNAIL = (96, 96)  # pixels
LARGE = (1600, 1200)  # with all values of grey: no window of the file's own may hide a text


class PicturesController:
    """Only the newest picture that was asked for is shown: whoever slides fast sees the place where they stopped."""

    def __init__(
        self, desk: Desk, *, page: InventoryView, review: ReviewView, gateway: Gateway, render: Render, words: Words
    ) -> None:
        self._desk = desk
        self._page = page
        self._review = review
        self._gateway = gateway
        self._render = render
        self._words = words
        self._held: tuple[HeldChoice, ...] = ()
        self._open = ""
        self._drawn: dict[str, tuple[Rectangle, ...]] = {}
        self._sizes: dict[str, tuple[int, int]] = {}  # of the pictures that areas were drawn on
        self._thumbnails_asked: set[str] = set()
        self._making = False
        self._wanted: tuple[int, int] | None = None
        self._asked = (0, 0)
        self._loading: Reporter | None = None
        desk.listen(self._changed)

    def set_held(self, held: tuple[HeldChoice, ...]) -> None:
        """What is held as things stand, as the list shows it."""
        self._held = held
        self._make_thumbnails()
        if self._open:
            self._show_review()

    # ------------------------------------------------------------ the user's word

    def look_at(self, key: str) -> None:
        """Opens the large look at a series."""
        if any(choice.key == key for choice in self._held):
            self._open = key
            self._show_review()
            self.show_picture(0, 0)

    def step(self, by: int) -> None:
        """To the series before or after."""
        keys = [choice.key for choice in self._held]
        if self._open in keys and 0 <= keys.index(self._open) + by < len(keys):
            self.look_at(keys[keys.index(self._open) + by])

    def close(self) -> None:
        self._open = ""
        self._wanted = None

    def decide(self, decision: HeldDecision) -> None:
        """What is to be done with the series that is looked at."""
        key = self._open
        if decision is HeldDecision.BLANK and not self._blanking(key):
            return
        self._tell(key, decision)

    def draw(self, areas: tuple[Rectangle, ...]) -> None:
        """The areas to be blanked in it. Who draws wants them blanked; without any left the series is left out."""
        key = self._open
        self._drawn[key] = areas
        self._tell(key, HeldDecision.BLANK if areas else HeldDecision.LEAVE_OUT)

    def release(self, key: str, send: bool) -> None:
        """The tick in the list: sent with what was drawn, or as it is."""
        chosen = HeldDecision.BLANK if self._blanking(key) else HeldDecision.AS_IT_IS
        self._tell(key, chosen if send else HeldDecision.LEAVE_OUT)

    def _tell(self, key: str, decision: HeldDecision) -> None:
        one = frozenset({key})
        released = self._desk.released - one
        blanked = {other: each for other, each in self._desk.blanked.items() if other != key}
        blanking = self._blanking(key)
        if decision is HeldDecision.AS_IT_IS:
            released |= one
        elif decision is HeldDecision.BLANK and blanking is not None:
            blanked[key] = blanking
        self._desk.released, self._desk.blanked = released, blanked
        self._desk.tell(Change.RELEASED)

    def _blanking(self, key: str) -> Blanking | None:
        areas, size = self._drawn.get(key, ()), self._sizes.get(key)
        return Blanking(*size, areas) if areas and size else None

    # ------------------------------------------------------------ pictures

    def show_picture(self, image: int, frame: int) -> None:
        """This frame of this image of the series that is looked at."""
        self._wanted = self._asked = (image, frame)
        if self._loading is None:
            self._load()

    def say_again(self) -> None:
        """The look that is open, in the language that is spoken now: what stands in the place of a picture too."""
        if self._open:
            self._show_review()
            self.show_picture(*self._asked)

    def _load(self) -> None:
        if self._wanted is None or not self._open:
            return
        key, (image, frame) = self._open, self._wanted
        instances = self._instances(key)
        if not 0 <= image < len(instances):
            return
        instance, render = instances[image], self._render
        self._wanted = None

        def shown(picture: Picture) -> None:
            self._loading = None
            if key == self._open and self._wanted is None:
                if not self._drawn.get(key):
                    self._sizes[key] = (picture.columns, picture.rows)
                self._review.set_picture(picture, "", frame)
            self._load()

        def failed(error: BaseException) -> None:
            self._loading = None
            if key == self._open and self._wanted is None:
                said = self._words.explain(error)
                self._review.set_picture(None, f"{said.title}\n\n{said.message}", frame)
            self._load()

        self._loading = self._gateway.run(
            lambda _: render(instance.location, frame, LARGE, whole_range=True), done=shown, failed=failed
        )

    def _make_thumbnails(self) -> None:
        """One after the other, each series once."""
        if self._making:
            return
        choice = next((each for each in self._held if each.key not in self._thumbnails_asked), None)
        if choice is None:
            return
        self._thumbnails_asked.add(choice.key)
        instances, render, key = self._instances(choice.key), self._render, choice.key
        if not instances:
            return
        self._making = True

        def made(picture: Picture) -> None:
            self._making = False
            self._page.set_thumbnail(key, picture)
            self._make_thumbnails()

        def failed(_: BaseException) -> None:  # said when the series is looked at
            self._making = False
            self._make_thumbnails()

        first = instances[0].location
        self._gateway.run(lambda _: render(first, 0, THUMBNAIL), done=made, failed=failed)

    def _instances(self, key: str) -> tuple[Instance, ...]:
        """Those of a series that are, or would be, held."""
        for patient in self._desk.inventory.patients:
            for study in patient.studies:
                for series in study.series:
                    if series.series_instance_uid == key:
                        return tuple(one for one in series.instances if burned_in_risk(one) is not None)
        return ()

    def _show_review(self) -> None:
        keys = [choice.key for choice in self._held]
        if self._open not in keys:
            return
        position = keys.index(self._open)
        choice = self._held[position]
        state = ReviewState(
            choice, position, len(keys), len(self._instances(choice.key)), self._drawn.get(choice.key, ())
        )
        self._review.show_review(state)

    def _changed(self, change: Change) -> None:
        if change is Change.PLAN:
            self.set_held(() if self._desk.plan is None else held_choices(self._desk.plan))
        elif change is Change.INVENTORY and not self._desk.inventory.patients:
            self._drawn.clear()
            self._sizes.clear()
            self._thumbnails_asked.clear()
