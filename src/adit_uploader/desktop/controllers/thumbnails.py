"""The tree's thumbnails: made for the rows that are seen, one after the other, when nobody else wants a picture.

They are in memory alone.
"""

from collections.abc import Callable, Mapping, Sequence

from adit_uploader.desktop.controllers.desk import Change, Desk
from adit_uploader.desktop.controllers.ports import Render, ThumbnailView
from adit_uploader.desktop.gateway import Gateway, Reporter, Result
from adit_uploader.dicom.inventory import Series
from adit_uploader.dicom.pictures.render import Picture

KEPT = 500  # thumbnails, some 2 kB each: the rows of many screens


class Ahead:
    """The gateway of those whose pictures go before thumbnails, which wait while any of that work runs."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._running = 0
        self._rested: Callable[[], None] | None = None

    @property
    def busy(self) -> bool:
        return self._running > 0

    def when_done(self, call: Callable[[], None]) -> None:
        """Calls this each time when the last of it has ended, and nothing new has begun."""
        self._rested = call

    def run(
        self,
        work: Callable[[Reporter], Result],
        *,
        done: Callable[[Result], None],
        failed: Callable[[BaseException], None],
        reports: Callable[[Sequence[object]], None] | None = None,
    ) -> Reporter:
        """See ``Gateway.run``."""

        def succeeded(result: Result) -> None:
            self._running -= 1
            done(result)
            self._ended()

        def went_wrong(error: BaseException) -> None:
            self._running -= 1
            failed(error)
            self._ended()

        self._running += 1
        return self._gateway.run(work, done=succeeded, failed=went_wrong, reports=reports)

    def _ended(self) -> None:
        if not self._running and self._rested is not None:
            self._rested()


class ThumbnailsController:
    """Rows are known by their place in the tree, which means another row in another inventory."""

    def __init__(self, desk: Desk, *, view: ThumbnailView, gateway: Gateway, ahead: Ahead, render: Render) -> None:
        self._desk = desk
        self._view = view
        self._gateway = gateway
        self._ahead = ahead
        self._render = render
        self._inventory = desk.inventory
        self._side = 0
        self._seen: frozenset[int] = frozenset()
        self._wanted: dict[int, Series] = {}  # the next one first
        self._made: dict[int, None] = {}  # the longest unseen first
        self._without: set[int] = set()  # places of series that have no picture
        self._era = object()  # another one when places or sizes mean something else
        self._making: tuple[object, int] | None = None  # era and place
        self._moving = False
        self._closed = False
        ahead.when_done(self._make)
        desk.listen(self._changed)

    @property
    def idle(self) -> bool:
        """Whether all that is seen has its picture, or none."""
        return self._making is None and not self._moving and not self._wanted

    def hold(self) -> None:
        """What is seen changes: nothing more is made before it is known."""
        self._moving = True

    def show(self, rows: Mapping[int, Series], side: int) -> None:
        """These rows are seen now. side: pixels of the screen that a thumbnail is high and wide."""
        if side != self._side:
            self._forget()
            self._side = side
        for place in rows:
            if place in self._made:
                del self._made[place]
                self._made[place] = None
        # those that were not seen before first: there people look now
        order = sorted(rows, key=lambda place: place in self._seen)
        self._wanted = {place: rows[place] for place in order if self._is_missing(place)}
        self._seen = frozenset(rows)
        self._moving = False
        self._make()

    def close(self) -> None:
        """Nothing is made any more."""
        self._closed = True

    def _is_missing(self, place: int) -> bool:
        return place not in self._made and place not in self._without and self._making != (self._era, place)

    def _make(self) -> None:
        """The next one, if it is its turn."""
        if self._making is not None or self._moving or self._closed or self._ahead.busy or not self._wanted:
            return
        place = next(iter(self._wanted))
        series, render = self._wanted.pop(place), self._render
        # more pixels than there is room for: Qt makes it fit without a loss that can be seen
        size = (2 * self._side, 2 * self._side)
        asked = self._making = (self._era, place)

        def work(_: Reporter) -> Picture:
            middle = series.instances[len(series.instances) // 2]
            return render(middle.location, middle.number_of_frames // 2, size)

        def made(picture: Picture) -> None:
            self._making = None
            if asked[0] is self._era:
                self._keep(place, picture)
            self._make()

        def failed(_: BaseException) -> None:  # its row says all that is to be said; nobody asks again
            self._making = None
            if asked[0] is self._era:
                self._without.add(place)
            self._make()

        self._gateway.run(work, done=made, failed=failed)

    def _keep(self, place: int, picture: Picture) -> None:
        self._made[place] = None
        self._view.set_thumbnail(place, picture)
        if len(self._made) > KEPT:
            oldest = next(iter(self._made))
            del self._made[oldest]
            self._view.drop_thumbnail(oldest)

    def _forget(self) -> None:
        self._era = object()
        self._seen = frozenset()
        self._wanted = {}
        self._made.clear()
        self._without.clear()
        self._view.drop_thumbnails()

    def _changed(self, change: Change) -> None:
        if change is Change.INVENTORY and self._desk.inventory is not self._inventory:
            self._inventory = self._desk.inventory
            self._forget()
