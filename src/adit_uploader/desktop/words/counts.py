"""Sentences with a count in them, in the right plural form of each language."""

from PySide6.QtCore import QCoreApplication


class Counts:
    """A class because Qt's tool takes plural forms only from ``self.tr``, whose context is the class."""

    def tr(self, text: str, comment: str, count: int) -> str:
        return QCoreApplication.translate("Counts", text, comment, count)

    def patients(self, count: int) -> str:
        return self.tr("%Ln patient(s)", "", count)

    def studies(self, count: int) -> str:
        return self.tr("%Ln studies", "", count)

    def series(self, count: int) -> str:
        return self.tr("%Ln series", "", count)

    def images(self, count: int) -> str:
        return self.tr("%Ln image(s)", "", count)

    def received(self, images: int, size: str) -> str:
        return self.tr("%Ln received image(s) lie on this computer and were not uploaded ({size}).", "", images).format(
            size=size
        )

    def received_needed(self, images: int) -> str:
        return self.tr("%Ln received image(s) belong to uploads that are not finished, and stay for them.", "", images)

    def received_before(self, images: int) -> str:
        return self.tr("%Ln received image(s) from earlier were not uploaded", "", images)

    def delete_received(self, images: int) -> str:
        return self.tr("Delete %Ln received image(s)?", "", images)

    def found(self, series: int) -> str:
        return self.tr("%Ln series found", "", series)

    def moved(self, days: int) -> str:
        return self.tr("%Ln day(s) earlier", "", -days) if days < 0 else self.tr("%Ln day(s) later", "", days)

    def items(self, count: int) -> str:
        return self.tr("%Ln item(s)", "", count)

    def elements(self, count: int) -> str:
        return self.tr("%Ln element(s)", "", count)

    def files(self, count: int) -> str:
        return self.tr("%Ln file(s)", "", count)

    def problems(self, count: int) -> str:
        return self.tr("%Ln problem(s): see the list.", "", count)

    def rows(self, count: int) -> str:
        return self.tr("%Ln row(s), all in order.", "", count)

    def send(self, studies: int) -> str:
        return self.tr("&Send %Ln studies", "", studies)

    def send_pseudonymized(self, studies: int) -> str:
        return self.tr("&Send %Ln studies, pseudonymized", "", studies)

    def send_with_real_names(self, studies: int) -> str:
        return self.tr("&Send %Ln studies WITH real names", "", studies)

    def arrived(self, images: int) -> str:
        return self.tr("All %Ln image(s) arrived", "", images)

    def arrived_without_some(self, images: int) -> str:
        return self.tr("%Ln image(s) arrived; some files could not be sent", "", images)

    def stopped(self, images: int) -> str:
        return self.tr("Stopped: %Ln image(s) had been delivered", "", images)

    def ended(self, images: int) -> str:
        return self.tr("Stopped as you wished: %Ln image(s) arrived", "", images)

    def interrupted(self, images: int) -> str:
        return self.tr("Interrupted: %Ln image(s) are still to be sent", "", images)

    def minutes_left(self, minutes: int) -> str:
        return self.tr("about %Ln minute(s) left", "", minutes)

    def hours_left(self, hours: int) -> str:
        return self.tr("about %Ln hour(s) left", "", hours)

    def retry(self, count: int) -> str:
        return self.tr("Retry &all that failed (%Ln)", "", count)

    def unfinished_others(self, jobs: int) -> str:
        return self.tr("%Ln upload(s) more after this one.", "", jobs)

    def unsaved_key_lists(self, count: int) -> str:
        return self.tr("%Ln key list(s) were never saved outside of this program.", "", count)

    def pinned_servers(self, servers: int) -> str:
        return self.tr("You have confirmed the certificates of %Ln server(s) yourself.", "", servers)

    def stored(self, images: int) -> str:
        return self.tr("%Ln image(s) stored", "", images)

    def delivered(self, images: int) -> str:
        return self.tr("%Ln image(s) delivered", "", images)

    def failed(self, images: int) -> str:
        return self.tr("%Ln image(s) failed", "", images)

    def not_yet_delivered(self, images: int) -> str:
        return self.tr("Stored on the server; %Ln image(s) not yet delivered", "", images)

    def missing(self, images: int) -> str:
        return self.tr("%Ln image(s) did not arrive", "", images)

    def held_back(self, images: int) -> str:
        return self.tr("%Ln image(s) held back", "", images)

    def refused(self, images: int) -> str:
        return self.tr("%Ln image(s) refused", "", images)

    def left_out(self, files: int) -> str:
        return self.tr("%Ln file(s) left out", "", files)

    def not_chosen(self, images: int) -> str:
        return self.tr("%Ln image(s) not selected", "", images)


COUNTS = Counts()
