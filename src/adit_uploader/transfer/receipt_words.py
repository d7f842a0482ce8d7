"""What the receipt page says, in English and German. The window's own texts are translated elsewhere, by Qt."""

from typing import Literal

from adit_uploader.values import dataclass

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = ("en", "de")

_WORDS: dict[str, tuple[str, str]] = {
    "receipt": ("Receipt", "Beleg"),
    "upload": ("Upload", "Übertragung"),
    "local": ("De-identification into a folder", "De-Identifizierung in einen Ordner"),
    "complete": (
        "Complete: everything that was found arrived.",
        "Vollständig: Alles, was gefunden wurde, ist angekommen.",
    ),
    "waiting": (
        "Stored on the server, which is still delivering it.",
        "Auf dem Server gespeichert; er stellt noch zu.",
    ),
    "incomplete": ("Not complete: something is missing.", "Nicht vollständig: Es fehlt etwas."),
    "canceled": ("Given up by the user.", "Vom Benutzer aufgegeben."),
    "paused": ("Stopped by the user; it can go on.", "Vom Benutzer angehalten; sie kann weitergehen."),
    "interrupted": ("Cut off; it can go on.", "Abgebrochen; sie kann weitergehen."),
    "counts": ("Images", "Bilder"),
    "found": ("found", "gefunden"),
    "pseudonymized": ("pseudonymized", "pseudonymisiert"),
    "sent": ("sent", "gesendet"),
    "stored": ("stored", "gespeichert"),
    "written": ("written", "geschrieben"),
    "delivered": ("delivered", "zugestellt"),
    "refused": ("refused", "abgelehnt"),
    "held": ("held back", "zurückgehalten"),
    "left_out": ("left out", "ausgelassen"),
    "not_chosen": ("not chosen", "nicht ausgewählt"),
    "missing": ("What did not arrive", "Was nicht angekommen ist"),
    "what": ("What", "Was"),
    "why": ("Why", "Warum"),
    "code": ("Code", "Code"),
    "count": ("Count", "Anzahl"),
    "more": ("and {count} more", "und {count} weitere"),
    "patients": ("Patients", "Patienten"),
    "pseudonym": ("Pseudonym", "Pseudonym"),
    "patient_id": ("Original PatientID", "Ursprüngliche PatientID"),
    "studies": ("Studies", "Studien"),
    "instances": ("To send", "Zu senden"),
    "tasks": ("Delivery", "Zustellung"),
    "study": ("Study", "Studie"),
    "state": ("State", "Stand"),
    "failed": ("failed", "fehlgeschlagen"),
    "message": ("Message", "Meldung"),
    "pictures": ("Series whose pictures may show a name", "Serien, deren Bilder einen Namen zeigen können"),
    "series": ("Series", "Serie"),
    "decision": ("Decision", "Entscheidung"),
    "rectangles": ("Areas overwritten with black (x, y, width, height)", "Geschwärzte Flächen (x, y, Breite, Höhe)"),
    "details": ("Details", "Einzelheiten"),
    "job": ("Job", "Auftrag"),
    "server": ("Server", "Server"),
    "destination": ("Destination", "Ziel"),
    "mode": ("Pseudonyms", "Pseudonyme"),
    "profile": ("De-identification profile", "De-Identifizierungsprofil"),
    "profile_hash": ("Hash of the profile (SHA-256)", "Hash des Profils (SHA-256)"),
    "keeps": ("The profile keeps identifiers", "Das Profil behält Identifizierendes"),
    "version": ("version {version}", "Version {version}"),
    "program": ("Program", "Programm"),
    "receiver": ("Receiver", "Empfänger"),
    "protocol": ("Protocol version", "Protokollversion"),
    "started": ("Started (UTC)", "Begonnen (UTC)"),
    "ended": ("Ended (UTC)", "Beendet (UTC)"),
    "bytes": ("Bytes sent", "Gesendete Bytes"),
    "resumed": ("Went on with an upload that had been cut", "Setzte eine abgebrochene Übertragung fort"),
    "yes": ("yes", "ja"),
    "manifest": ("Digest of the manifest (SHA-256)", "Prüfsumme des Manifests (SHA-256)"),
    "manifest_digest": ("Digests in the manifest", "Prüfsummen im Manifest"),
    "manifest_instances": ("Images in the manifest", "Bilder im Manifest"),
    "key_list": ("Key list", "Schlüsselliste"),
    "nobody": (
        "This page names no patient and no file of the computer that it was made on.",
        "Diese Seite nennt keinen Patienten und keine Datei des Rechners, auf dem sie entstand.",
    ),
    "somebody": (
        "This page names patients or files: keep it as you keep patient data.",
        "Diese Seite nennt Patienten oder Dateien: Verwahren Sie sie wie Patientendaten.",
    ),
    # modes
    "mode internal": (
        "internal (computed from department and PatientID)",
        "intern (aus Abteilung und PatientID berechnet)",
    ),
    "mode batch": ("from a batch file", "aus einer Batch-Datei"),
    "mode fixed": ("one fixed pseudonym", "ein festes Pseudonym"),
    "mode none": ("none: the files went as they are", "keine: Die Dateien gingen, wie sie sind"),
    # what did not arrive
    "outcome refused": ("refused", "abgelehnt"),
    "outcome held": ("held back: the picture may show a name", "zurückgehalten: Das Bild kann einen Namen zeigen"),
    "outcome left-out": ("left out", "ausgelassen"),
    "outcome not-chosen": ("not chosen", "nicht ausgewählt"),
    "outcome not-sent": ("not sent", "nicht gesendet"),
    # decisions about pictures
    "decision held": ("held back", "zurückgehalten"),
    "decision left-out": ("left out", "ausgelassen"),
    "decision released": ("sent as it is, after a look", "gesendet, wie sie ist, nach einem Blick"),
    "decision blanked": ("areas overwritten with black", "Flächen geschwärzt"),
    # states of tasks, by ADIT's codes
    "task PE": ("waiting", "wartet"),
    "task IP": ("in progress", "läuft"),
    "task CA": ("canceled", "abgebrochen"),
    "task SU": ("done", "fertig"),
    "task WA": ("done, with warnings", "fertig, mit Warnungen"),
    "task FA": ("failed", "fehlgeschlagen"),
}


@dataclass(frozen=True, slots=True)
class Speaker:
    """One language."""

    language: Language

    def say(self, key: str, **values: str) -> str:
        """The words of a key; KeyError if there are none."""
        text = _WORDS[key][LANGUAGES.index(self.language)]
        return text.format(**values) if values else text

    def number(self, value: int) -> str:
        """With a sign between thousands, as the language writes it."""
        return f"{value:,}" if self.language == "en" else f"{value:,}".replace(",", ".")
