"""What people read and press in the window: the same journeys, in the language that the computer speaks."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Keys:
    """With Alt: the underlined letters."""

    server_address: str
    look_at_pictures: str
    add_area: str
    done: str
    send: str
    save_key_list: str
    new_upload: str
    sign_out: str


@dataclass(frozen=True)
class Receiving:
    """Of workstations that send to the window. Keys: letters of the menu, and of the line in it."""

    menu_key: str
    settings: str
    settings_key: str
    switch: str
    who_may_send: str
    port: str
    save: str
    nobody_may_send: str
    nothing_here: str
    ready: str
    images_from: str
    refused: str
    settings_again: str  # the button of the line that is there while it is on
    no_longer: str


@dataclass(frozen=True)
class Words:
    """Names are held against parts of what the screen reader says. Keys with Alt are a window's mnemonics."""

    language: str  # of the computer, as LANGUAGE has it
    empty_window: str
    server_address: str
    token: str
    sign_in: str
    sign_out: str
    department: str
    token_refused: str
    two_patients: str
    pseudonyms: str
    pseudonyms_key: str
    internal: str
    batch: str
    fixed: str
    none: str
    no_batch_file: str
    choose_batch_file: str
    file_name: str
    open: str
    save: str
    problems: str
    lost_zeros: str
    empty_cell: str
    correct_it: str
    two_rows: str
    held: str
    look_at_pictures: str
    first_of_one: str
    add_area: str
    strip: str
    strip_made_higher: str
    done: str
    blanked: str
    typed_pseudonym: str
    for_one_patient: str
    search: str
    only_these: str
    does_not_fit: str
    real_names_warning: str
    send_pseudonymized: str
    send_real_names: str
    question: str
    of_two_patients: str
    confirm_real_names: str
    connection_lost: str
    interrupted: str
    unfinished: str
    sign_in_to_go_on: str
    go_on_with_it: str
    go_on_sending: str
    arrived: str
    figures: tuple[str, str, str, str, str]  # found, pseudonymized, sent, stored, delivered
    save_key_list: str
    saved: str
    new_upload: str
    directory: str
    before_after: str
    picture: str
    search_elements: str
    all_uploads: str
    receiving: Receiving
    keys: Keys


ENGLISH = Words(
    language="en",
    empty_window="Drop studies here",
    server_address="Server address",
    token="Token",
    sign_in="Sign in",
    sign_out="Sign out",
    department="Department: Radiology",
    token_refused="The token was not accepted",
    two_patients="2 patients",
    pseudonyms="Pseudonyms",
    pseudonyms_key="p",
    internal="Internal pseudonyms",
    batch="Pseudonyms from a batch file",
    fixed="One fixed pseudonym",
    none="None: real names",
    no_batch_file="Choose the batch file.",
    choose_batch_file="Choose batch file",
    file_name="File name",
    open="Open",
    save="Save",
    problems="list.csv: 2 problems: see the list.",
    lost_zeros="a spreadsheet has probably removed leading zeros",
    empty_cell="is empty",
    correct_it="Correct the batch file and save it",
    two_rows="2 rows, all in order.",
    held="Held back (1)",
    look_at_pictures="Look at the pictures",
    first_of_one="Held back series 1 of 1",
    add_area="Add area",
    strip="Area 1: 64 × 6 at 0, 0",
    strip_made_higher="Area 1: 64 × 8 at 0, 0",
    done="Done",
    blanked="blanked and sent",
    typed_pseudonym="Pseudonym of this patient",
    for_one_patient="A fixed pseudonym is for one patient only",
    search="Search patients, studies and series",
    only_these="Only these",
    does_not_fit="These pseudonyms don't fit what was found.",
    real_names_warning="Real names will be sent",
    send_pseudonymized="pseudonymized",
    send_real_names="WITH real names",
    question="with real names?",
    of_two_patients="of 2 patients",
    confirm_real_names="Send with real names",
    connection_lost="The connection was lost. Trying again",
    interrupted="Interrupted: ",
    unfinished="did not come to its end",
    sign_in_to_go_on="Sign in to go on with it.",
    go_on_with_it="Go on with it",
    go_on_sending="Go on sending",
    arrived="arrived",
    figures=("found", "pseudonymized", "sent", "stored", "delivered"),
    save_key_list="Save key list",
    saved="Saved",
    new_upload="New upload",
    directory="Directory",
    before_after="Elements before and after",
    picture="Picture",
    search_elements="Search elements, values and rules",
    all_uploads="Uploads",
    receiving=Receiving(
        menu_key="f",
        settings="Receive from workstations",
        settings_key="r",
        switch="Receive images that a workstation sends",
        who_may_send="Workstations that may send",
        port="Port",
        save="Save",
        nobody_may_send="Nobody may send to this computer yet",
        nothing_here="No received images lie on this computer.",
        ready="Ready to receive from workstations: ADITUPLOADER, 127.0.0.1, port ",
        images_from="Received: 6 images from ",
        refused="Its AE title is not on your list",
        settings_again="Settings of receiving",
        no_longer="Nothing is received from workstations any more",
    ),
    keys=Keys(
        server_address="d",
        look_at_pictures="h",
        add_area="a",
        done="d",
        send="s",
        save_key_list="v",
        new_upload="w",
        sign_out="u",
    ),
)

GERMAN = Words(
    language="de",
    empty_window="Studien hier ablegen",
    server_address="Server-Adresse",
    token="Token",
    sign_in="Anmelden",
    sign_out="Abmelden",
    department="Abteilung: Radiology",
    token_refused="Das Token wurde nicht angenommen",
    two_patients="2 Patienten",
    pseudonyms="Pseudonyme",
    pseudonyms_key="y",
    internal="Interne Pseudonyme",
    batch="Pseudonyme aus Batch-Datei",
    fixed="Ein festes Pseudonym",
    none="Keine: echte Namen",
    no_batch_file="Wählen Sie die Batch-Datei.",
    choose_batch_file="Batch-Datei wählen",
    file_name="Dateiname",
    open="Öffnen",
    save="Speichern",
    problems="list.csv: 2 Fehler: siehe Liste.",
    lost_zeros="Führende Nullen fehlen",
    empty_cell="Die Zelle ist leer.",
    correct_it="Berichtigen und speichern Sie die Batch-Datei",
    two_rows="2 Zeilen, alle in Ordnung.",
    held="Zurückgehalten (1)",
    look_at_pictures="Bilder ansehen",
    first_of_one="Zurückgehaltene Serie 1 von 1",
    add_area="Bereich hinzufügen",
    strip="Bereich 1: 64 × 6 bei 0, 0",
    strip_made_higher="Bereich 1: 64 × 8 bei 0, 0",
    done="Fertig",
    blanked="geschwärzt gesendet",
    typed_pseudonym="Pseudonym dieses Patienten",
    for_one_patient="Ein festes Pseudonym gilt nur für einen einzigen Patienten",
    search="Patienten, Studien und Serien suchen",
    only_these="Nur diese",
    does_not_fit="Diese Pseudonyme passen nicht zu dem Gefundenen.",
    real_names_warning="Echte Namen werden gesendet",
    send_pseudonymized="pseudonymisiert senden",
    send_real_names="MIT echten Namen",
    question="mit echten Namen senden?",
    of_two_patients="von 2 Patienten",
    confirm_real_names="Mit echten Namen senden",
    connection_lost="Die Verbindung ging verloren. Neuer Versuch",
    interrupted="Unterbrochen: ",
    unfinished="kam nicht zu Ende",
    sign_in_to_go_on="Melden Sie sich an, um ihn fortzusetzen.",
    go_on_with_it="Fortsetzen",
    go_on_sending="Weiter senden",
    arrived="angekommen",
    figures=("gefunden", "pseudonymisiert", "gesendet", "gespeichert", "zugestellt"),
    save_key_list="Schlüsselliste speichern",
    saved="Gespeichert",
    new_upload="Neuer Upload",
    directory="Verzeichnis",
    before_after="Elemente vorher und nachher",
    picture="Bild",
    search_elements="Elemente, Werte und Regeln suchen",
    all_uploads="Alle Uploads",
    receiving=Receiving(
        menu_key="d",
        settings="Von Workstations empfangen",
        settings_key="e",
        switch="Bilder empfangen, die eine Workstation",
        who_may_send="Workstations, die senden dürfen",
        port="Port",
        save="Speichern",
        nobody_may_send="Noch darf niemand an diesen Computer senden",
        nothing_here="Auf diesem Computer liegen keine empfangenen Bilder.",
        ready="Bereit zum Empfang von Workstations: ADITUPLOADER, 127.0.0.1, Port ",
        images_from="Empfangen: 6 Bilder von ",
        refused="Der AE-Titel steht nicht auf Ihrer Liste",
        settings_again="Einstellungen des Empfangs",
        no_longer="Von Workstations wird nichts mehr empfangen",
    ),
    keys=Keys(
        server_address="r",
        look_at_pictures="b",
        add_area="h",
        done="f",
        send="s",
        save_key_list="h",
        new_upload="u",
        sign_out="l",
    ),
)
