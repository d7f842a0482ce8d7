<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de">
<context>
    <name>AccountPanel</name>
    <message>
        <source>Server a&amp;ddress</source>
        <translation>Server-Ad&amp;resse</translation>
    </message>
    <message>
        <source>&amp;Token</source>
        <translation>To&amp;ken</translation>
    </message>
    <message>
        <source>From the server&apos;s token page</source>
        <translation>Von der Token-Seite des Servers</translation>
    </message>
    <message>
        <source>Sign o&amp;ut</source>
        <translation>Abme&amp;lden</translation>
    </message>
    <message>
        <source>Sign out of all servers</source>
        <translation>Von allen Servern abmelden</translation>
    </message>
    <message>
        <source>Known servers</source>
        <translation>Bekannte Server</translation>
    </message>
    <message>
        <source>Opens the page of the server on which you make tokens.</source>
        <translation>Öffnet die Seite des Servers, auf der Sie Token erstellen.</translation>
    </message>
    <message>
        <source>Get a token in the browser …</source>
        <translation>Token im Browser holen …</translation>
    </message>
    <message>
        <source>Connection settings …</source>
        <translation>Verbindungseinstellungen …</translation>
    </message>
    <message>
        <source>Proxy, own certificates, bandwidth, compression</source>
        <translation>Proxy, eigene Zertifikate, Bandbreite, Komprimierung</translation>
    </message>
    <message>
        <source>Signed in</source>
        <translation>Angemeldet</translation>
    </message>
    <message>
        <source>Server</source>
        <translation>Server</translation>
    </message>
    <message>
        <source>Signing in …</source>
        <translation>Anmeldung läuft …</translation>
    </message>
    <message>
        <source>Sign &amp;in</source>
        <translation>An&amp;melden</translation>
    </message>
    <message>
        <source>Your browser shows {url}. Sign in there with your usual password, make a new token, copy it at once (it is shown only once), and paste it above.</source>
        <translation>Ihr Browser zeigt {url}. Melden Sie sich dort mit Ihrem üblichen Passwort an, erstellen Sie ein neues Token, kopieren Sie es sofort (es wird nur einmal angezeigt) und fügen Sie es oben ein.</translation>
    </message>
    <message>
        <source>Set by your IT department.</source>
        <translation>Von Ihrer IT-Abteilung festgelegt.</translation>
    </message>
    <message>
        <source>The token is kept in this computer&apos;s keyring.</source>
        <translation>Das Token wird im Schlüsselbund dieses Computers verwahrt.</translation>
    </message>
    <message>
        <source>This computer has no keyring: the token is kept for this session only.</source>
        <translation>Dieser Computer hat keinen Schlüsselbund: Das Token gilt nur für diese Sitzung.</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>Department: {name}</source>
        <translation>Abteilung: {name}</translation>
    </message>
    <message>
        <source>Token kept for this session only: no keyring here.</source>
        <translation>Token nur für diese Sitzung: kein Schlüsselbund vorhanden.</translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Close this message</source>
        <translation>Diese Meldung schließen</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Erledigt</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
</context>
<context>
    <name>BatchProblems</name>
    <message>
        <source>Probably meant: {ids}.</source>
        <translation>Gemeint ist wohl: {ids}.</translation>
    </message>
    <message>
        <source>The file can&apos;t be read. Is it still there, or open elsewhere?</source>
        <translation>Die Datei ist nicht lesbar. Ist sie noch da oder anderswo geöffnet?</translation>
    </message>
    <message>
        <source>This is not a CSV file and not an Excel workbook (.xlsx).</source>
        <translation>Das ist weder eine CSV-Datei noch eine Excel-Arbeitsmappe (.xlsx).</translation>
    </message>
    <message>
        <source>The text has an unknown encoding. Save it as CSV UTF-8.</source>
        <translation>Die Zeichenkodierung ist unbekannt. Speichern Sie die Datei als CSV UTF-8.</translation>
    </message>
    <message>
        <source>The file has no rows.</source>
        <translation>Die Datei hat keine Zeilen.</translation>
    </message>
    <message>
        <source>The workbook has several sheets. Keep only one.</source>
        <translation>Die Arbeitsmappe hat mehrere Blätter. Behalten Sie nur eines.</translation>
    </message>
    <message>
        <source>This column is not known. Remove or rename it.</source>
        <translation>Diese Spalte ist unbekannt. Entfernen Sie sie oder benennen Sie sie um.</translation>
    </message>
    <message>
        <source>This column is missing.</source>
        <translation>Diese Spalte fehlt.</translation>
    </message>
    <message>
        <source>This column occurs twice.</source>
        <translation>Diese Spalte kommt zweimal vor.</translation>
    </message>
    <message>
        <source>The line has more cells than there are columns.</source>
        <translation>Die Zeile hat mehr Zellen, als es Spalten gibt.</translation>
    </message>
    <message>
        <source>The cell is empty.</source>
        <translation>Die Zelle ist leer.</translation>
    </message>
    <message>
        <source>The cell holds a number. Format the column as text, type it again.</source>
        <translation>Die Zelle enthält eine Zahl. Formatieren Sie die Spalte als Text und geben Sie den Wert neu ein.</translation>
    </message>
    <message>
        <source>The cell holds a date. Format the column as text, type it again.</source>
        <translation>Die Zelle enthält ein Datum. Formatieren Sie die Spalte als Text und geben Sie den Wert neu ein.</translation>
    </message>
    <message>
        <source>The cell holds a formula. Replace it by its value as text.</source>
        <translation>Die Zelle enthält eine Formel. Ersetzen Sie sie durch ihren Wert als Text.</translation>
    </message>
    <message>
        <source>The cell holds no text.</source>
        <translation>Die Zelle enthält keinen Text.</translation>
    </message>
    <message>
        <source>The value has more than 64 characters.</source>
        <translation>Der Wert hat mehr als 64 Zeichen.</translation>
    </message>
    <message>
        <source>The value holds a backslash, which DICOM does not allow.</source>
        <translation>Der Wert enthält einen Backslash, den DICOM nicht erlaubt.</translation>
    </message>
    <message>
        <source>The value holds a line break or another control character.</source>
        <translation>Der Wert enthält einen Zeilenumbruch oder ein anderes Steuerzeichen.</translation>
    </message>
    <message>
        <source>The value holds a wildcard (* or ?).</source>
        <translation>Der Wert enthält ein Platzhalterzeichen (* oder ?).</translation>
    </message>
    <message>
        <source>There are spaces before or after the value.</source>
        <translation>Vor oder nach dem Wert stehen Leerzeichen.</translation>
    </message>
    <message>
        <source>The pseudonym holds ^ or =, which have a meaning in names.</source>
        <translation>Das Pseudonym enthält ^ oder =, die in Namen eine Bedeutung haben.</translation>
    </message>
    <message>
        <source>This is not a valid UID.</source>
        <translation>Das ist keine gültige UID.</translation>
    </message>
    <message>
        <source>A series is named without its study.</source>
        <translation>Eine Serie ist ohne ihre Studie angegeben.</translation>
    </message>
    <message>
        <source>The pseudonym is the PatientID itself.</source>
        <translation>Das Pseudonym ist die PatientID selbst.</translation>
    </message>
    <message>
        <source>This patient has another pseudonym in another line.</source>
        <translation>Dieser Patient hat in einer anderen Zeile ein anderes Pseudonym.</translation>
    </message>
    <message>
        <source>Another patient has the same pseudonym.</source>
        <translation>Ein anderer Patient hat dasselbe Pseudonym.</translation>
    </message>
    <message>
        <source>One line selects everything of this patient, another one only a part.</source>
        <translation>Eine Zeile wählt alles von diesem Patienten aus, eine andere nur einen Teil.</translation>
    </message>
    <message>
        <source>Leading zeros are missing: a patient found here has this ID with zeros before it.</source>
        <translation>Führende Nullen fehlen: Ein hier gefundener Patient hat diese ID mit Nullen davor.</translation>
    </message>
    <message>
        <source>The spreadsheet has rounded this number. Format the column as text and type it again.</source>
        <translation>Die Tabellenkalkulation hat diese Zahl gerundet. Formatieren Sie die Spalte als Text und geben Sie den Wert neu ein.</translation>
    </message>
</context>
<context>
    <name>CheckPage</name>
    <message>
        <source>Found</source>
        <translation>Gefunden</translation>
    </message>
    <message>
        <source>&amp;Add more …</source>
        <translation>&amp;Weitere hinzufügen …</translation>
    </message>
    <message>
        <source>Start &amp;over</source>
        <translation>Ne&amp;u beginnen</translation>
    </message>
    <message>
        <source>What was found: patients, studies, series</source>
        <translation>Gefunden: Patienten, Studien, Serien</translation>
    </message>
</context>
<context>
    <name>Comparison</name>
    <message>
        <source>Before and after</source>
        <translation>Vorher und nachher</translation>
    </message>
    <message>
        <source>Search elements, values and rules</source>
        <translation>Elemente, Werte und Regeln suchen</translation>
    </message>
    <message>
        <source>All elements</source>
        <translation>Alle Elemente</translation>
    </message>
    <message>
        <source>Only changed</source>
        <translation>Nur geänderte</translation>
    </message>
    <message>
        <source>Only kept</source>
        <translation>Nur gebliebene</translation>
    </message>
    <message>
        <source>Which elements are shown</source>
        <translation>Welche Elemente zu sehen sind</translation>
    </message>
    <message>
        <source>Elements before and after</source>
        <translation>Elemente vorher und nachher</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>&amp;Image</source>
        <translation>&amp;Bild</translation>
    </message>
    <message>
        <source>&amp;Close</source>
        <translation>S&amp;chließen</translation>
    </message>
    <message>
        <source>Held back as things stand: this is what would be sent if you release it.</source>
        <translation>Im Moment zurückgehalten: Dies würde gesendet, wenn Sie die Serie freigeben.</translation>
    </message>
    <message>
        <source>You left it out: this is what would be sent if you tick it.</source>
        <translation>Von Ihnen ausgelassen: Dies würde gesendet, wenn Sie die Serie ankreuzen.</translation>
    </message>
    <message>
        <source>The batch file does not select it: nothing of it is sent.</source>
        <translation>Die Batch-Datei wählt die Serie nicht aus: Nichts davon wird gesendet.</translation>
    </message>
    <message>
        <source>It can&apos;t be sent: see the list below the tree.</source>
        <translation>Kann nicht gesendet werden: siehe Liste unter dem Baum.</translation>
    </message>
</context>
<context>
    <name>ComparisonTable</name>
    <message>
        <source>Element</source>
        <translation>Element</translation>
    </message>
    <message>
        <source>Before</source>
        <translation>Vorher</translation>
    </message>
    <message>
        <source>After</source>
        <translation>Nachher</translation>
    </message>
    <message>
        <source>What was done</source>
        <translation>Was geschah</translation>
    </message>
    <message>
        <source>By which rule</source>
        <translation>Nach welcher Regel</translation>
    </message>
</context>
<context>
    <name>Counts</name>
    <message numerus="yes">
        <source>%Ln patient(s)</source>
        <translation>
            <numerusform>%Ln Patient</numerusform>
            <numerusform>%Ln Patienten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln studies</source>
        <translation>
            <numerusform>%Ln Studie</numerusform>
            <numerusform>%Ln Studien</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln series</source>
        <translation>
            <numerusform>%Ln Serie</numerusform>
            <numerusform>%Ln Serien</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s)</source>
        <translation>
            <numerusform>%Ln Bild</numerusform>
            <numerusform>%Ln Bilder</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln received image(s) lie on this computer and were not uploaded ({size}).</source>
        <translation>
            <numerusform>%Ln empfangenes Bild liegt auf diesem Computer und wurde nicht hochgeladen ({size}).</numerusform>
            <numerusform>%Ln empfangene Bilder liegen auf diesem Computer und wurden nicht hochgeladen ({size}).</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln received image(s) belong to uploads that are not finished, and stay for them.</source>
        <translation>
            <numerusform>%Ln empfangenes Bild gehört zu einem unfertigen Upload und bleibt für ihn liegen.</numerusform>
            <numerusform>%Ln empfangene Bilder gehören zu unfertigen Uploads und bleiben für sie liegen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln received image(s) from earlier were not uploaded</source>
        <translation>
            <numerusform>%Ln empfangenes Bild von früher wurde nicht hochgeladen</numerusform>
            <numerusform>%Ln empfangene Bilder von früher wurden nicht hochgeladen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %Ln received image(s)?</source>
        <translation>
            <numerusform>%Ln empfangenes Bild löschen?</numerusform>
            <numerusform>%Ln empfangene Bilder löschen?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln series found</source>
        <translation>
            <numerusform>%Ln Serie gefunden</numerusform>
            <numerusform>%Ln Serien gefunden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln day(s) earlier</source>
        <translation>
            <numerusform>%Ln Tag früher</numerusform>
            <numerusform>%Ln Tage früher</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln day(s) later</source>
        <translation>
            <numerusform>%Ln Tag später</numerusform>
            <numerusform>%Ln Tage später</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln item(s)</source>
        <translation>
            <numerusform>%Ln Eintrag</numerusform>
            <numerusform>%Ln Einträge</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln element(s)</source>
        <translation>
            <numerusform>%Ln Element</numerusform>
            <numerusform>%Ln Elemente</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s)</source>
        <translation>
            <numerusform>%Ln Datei</numerusform>
            <numerusform>%Ln Dateien</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln problem(s): see the list.</source>
        <translation>
            <numerusform>%Ln Fehler: siehe Liste.</numerusform>
            <numerusform>%Ln Fehler: siehe Liste.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s), all in order.</source>
        <translation>
            <numerusform>%Ln Zeile, in Ordnung.</numerusform>
            <numerusform>%Ln Zeilen, alle in Ordnung.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>&amp;Send %Ln studies</source>
        <translation>
            <numerusform>%Ln Studie &amp;senden</numerusform>
            <numerusform>%Ln Studien &amp;senden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>&amp;Send %Ln studies, pseudonymized</source>
        <translation>
            <numerusform>%Ln Studie pseudonymisiert &amp;senden</numerusform>
            <numerusform>%Ln Studien pseudonymisiert &amp;senden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>&amp;Send %Ln studies WITH real names</source>
        <translation>
            <numerusform>%Ln Studie MIT echten Namen &amp;senden</numerusform>
            <numerusform>%Ln Studien MIT echten Namen &amp;senden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>All %Ln image(s) arrived</source>
        <translation>
            <numerusform>Das Bild ist angekommen</numerusform>
            <numerusform>Alle %Ln Bilder sind angekommen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) arrived; some files could not be sent</source>
        <translation>
            <numerusform>1 Bild ist angekommen; manche Dateien konnten nicht gesendet werden</numerusform>
            <numerusform>%Ln Bilder sind angekommen; manche Dateien konnten nicht gesendet werden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Stopped: %Ln image(s) had been delivered</source>
        <translation>
            <numerusform>Abgebrochen: %Ln Bild war zugestellt</numerusform>
            <numerusform>Abgebrochen: %Ln Bilder waren zugestellt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Stopped as you wished: %Ln image(s) arrived</source>
        <translation>
            <numerusform>Wie gewünscht beendet: %Ln Bild ist angekommen</numerusform>
            <numerusform>Wie gewünscht beendet: %Ln Bilder sind angekommen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Interrupted: %Ln image(s) are still to be sent</source>
        <translation>
            <numerusform>Unterbrochen: %Ln Bild ist noch zu senden</numerusform>
            <numerusform>Unterbrochen: %Ln Bilder sind noch zu senden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %Ln minute(s) left</source>
        <translation>
            <numerusform>noch etwa %Ln Minute</numerusform>
            <numerusform>noch etwa %Ln Minuten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %Ln hour(s) left</source>
        <translation>
            <numerusform>noch etwa %Ln Stunde</numerusform>
            <numerusform>noch etwa %Ln Stunden</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Retry &amp;all that failed (%Ln)</source>
        <translation>
            <numerusform>&amp;Alles Fehlgeschlagene erneut senden (%Ln)</numerusform>
            <numerusform>&amp;Alles Fehlgeschlagene erneut senden (%Ln)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln upload(s) more after this one.</source>
        <translation>
            <numerusform>Danach noch %Ln Upload.</numerusform>
            <numerusform>Danach noch %Ln Uploads.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln key list(s) were never saved outside of this program.</source>
        <translation>
            <numerusform>%Ln Schlüsselliste wurde nie außerhalb dieses Programms gespeichert.</numerusform>
            <numerusform>%Ln Schlüssellisten wurden nie außerhalb dieses Programms gespeichert.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>You have confirmed the certificates of %Ln server(s) yourself.</source>
        <translation>
            <numerusform>Sie haben das Zertifikat von %Ln Server selbst bestätigt.</numerusform>
            <numerusform>Sie haben die Zertifikate von %Ln Servern selbst bestätigt.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) stored</source>
        <translation>
            <numerusform>%Ln Bild gespeichert</numerusform>
            <numerusform>%Ln Bilder gespeichert</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) delivered</source>
        <translation>
            <numerusform>%Ln Bild zugestellt</numerusform>
            <numerusform>%Ln Bilder zugestellt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) failed</source>
        <translation>
            <numerusform>%Ln Bild fehlgeschlagen</numerusform>
            <numerusform>%Ln Bilder fehlgeschlagen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Stored on the server; %Ln image(s) not yet delivered</source>
        <translation>
            <numerusform>Auf dem Server gespeichert; %Ln Bild noch nicht zugestellt</numerusform>
            <numerusform>Auf dem Server gespeichert; %Ln Bilder noch nicht zugestellt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) did not arrive</source>
        <translation>
            <numerusform>%Ln Bild kam nicht an</numerusform>
            <numerusform>%Ln Bilder kamen nicht an</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) held back</source>
        <translation>
            <numerusform>%Ln Bild zurückgehalten</numerusform>
            <numerusform>%Ln Bilder zurückgehalten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) refused</source>
        <translation>
            <numerusform>%Ln Bild abgelehnt</numerusform>
            <numerusform>%Ln Bilder abgelehnt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) left out</source>
        <translation>
            <numerusform>%Ln Datei ausgelassen</numerusform>
            <numerusform>%Ln Dateien ausgelassen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) not selected</source>
        <translation>
            <numerusform>%Ln Bild nicht gewählt</numerusform>
            <numerusform>%Ln Bilder nicht gewählt</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DestinationBox</name>
    <message>
        <source>D&amp;estination</source>
        <translation>Z&amp;iel</translation>
    </message>
    <message>
        <source>Choose …</source>
        <translation>Auswählen …</translation>
    </message>
    <message>
        <source>Known after sign-in</source>
        <translation>Nach der Anmeldung bekannt</translation>
    </message>
</context>
<context>
    <name>Destinations</name>
    <message>
        <source>connection refused</source>
        <translation>Verbindung verweigert</translation>
    </message>
    <message>
        <source>no answer</source>
        <translation>keine Antwort</translation>
    </message>
    <message>
        <source>its host name is not known</source>
        <translation>sein Rechnername ist nicht bekannt</translation>
    </message>
    <message>
        <source>association rejected</source>
        <translation>Verbindung abgewiesen</translation>
    </message>
    <message>
        <source>no answer to the association request</source>
        <translation>keine Antwort auf den Verbindungswunsch</translation>
    </message>
    <message>
        <source>the connection was lost again and again</source>
        <translation>die Verbindung ging immer wieder verloren</translation>
    </message>
    <message>
        <source>its AE title, or the server&apos;s, is none</source>
        <translation>sein AE-Titel oder der des Servers ist keiner</translation>
    </message>
    <message>
        <source>no answer to the beginning of TLS</source>
        <translation>keine Antwort auf den Beginn von TLS</translation>
    </message>
    <message>
        <source>the connection was lost at the beginning of TLS</source>
        <translation>die Verbindung ging beim Beginn von TLS verloren</translation>
    </message>
    <message>
        <source>the file of its authorities can&apos;t be read as PEM</source>
        <translation>die Datei seiner Zertifizierungsstellen ist nicht als PEM lesbar</translation>
    </message>
    <message>
        <source>the server&apos;s certificate or its key can&apos;t be read, or don&apos;t match</source>
        <translation>das Zertifikat des Servers oder dessen Schlüssel ist nicht lesbar, oder beide passen nicht zusammen</translation>
    </message>
    <message>
        <source>its certificate has expired</source>
        <translation>sein Zertifikat ist abgelaufen</translation>
    </message>
    <message>
        <source>its certificate is signed by itself and is not among those that are trusted</source>
        <translation>sein Zertifikat ist selbst signiert und gehört nicht zu denen, denen vertraut wird</translation>
    </message>
    <message>
        <source>its certificate comes from an authority that is not among those that are trusted</source>
        <translation>sein Zertifikat stammt von einer Stelle, der nicht vertraut wird</translation>
    </message>
    <message>
        <source>its certificate is of another host</source>
        <translation>sein Zertifikat gehört zu einem anderen Rechner</translation>
    </message>
    <message>
        <source>its certificate is of another address</source>
        <translation>sein Zertifikat gehört zu einer anderen Adresse</translation>
    </message>
    <message>
        <source>its certificate is not trusted</source>
        <translation>seinem Zertifikat wird nicht vertraut</translation>
    </message>
    <message>
        <source>it does not speak TLS</source>
        <translation>es spricht kein TLS</translation>
    </message>
    <message>
        <source>it wants a certificate of the server</source>
        <translation>es verlangt ein Zertifikat des Servers</translation>
    </message>
    <message>
        <source>it speaks only a TLS that is too old</source>
        <translation>es spricht nur ein zu altes TLS</translation>
    </message>
    <message>
        <source>TLS could not be agreed on</source>
        <translation>keine Einigung über TLS</translation>
    </message>
    <message>
        <source>its folder does not exist or can&apos;t be entered</source>
        <translation>seinen Ordner gibt es nicht, oder er lässt sich nicht öffnen</translation>
    </message>
    <message>
        <source>its folder is full</source>
        <translation>sein Ordner ist voll</translation>
    </message>
    <message>
        <source>its disk is full</source>
        <translation>seine Festplatte ist voll</translation>
    </message>
    <message>
        <source>its folder can&apos;t be written to</source>
        <translation>in seinen Ordner kann nicht geschrieben werden</translation>
    </message>
    <message>
        <source>its folder can&apos;t be read to see how much it holds</source>
        <translation>wie viel sein Ordner enthält, lässt sich nicht lesen</translation>
    </message>
    <message>
        <source>it does not say how many images a study has</source>
        <translation>es sagt nicht, wie viele Bilder eine Studie hat</translation>
    </message>
    <message>
        <source>it does not vouch for what it took</source>
        <translation>es bürgt nicht für das, was es angenommen hat</translation>
    </message>
    <message>
        <source>it answers a search with</source>
        <translation>es antwortet auf eine Suche mit</translation>
    </message>
    <message>
        <source>it answers the test of the connection with</source>
        <translation>es antwortet auf die Prüfung der Verbindung mit</translation>
    </message>
    <message>
        <source>it answers a search with more than was asked for</source>
        <translation>es antwortet auf eine Suche mit mehr, als gefragt war</translation>
    </message>
    <message>
        <source>it does not offer such questions</source>
        <translation>es bietet solche Fragen nicht an</translation>
    </message>
    <message>
        <source>it broke the association off, or said nothing, when it was asked</source>
        <translation>es hat die Verbindung abgebrochen oder nichts gesagt, als es gefragt wurde</translation>
    </message>
    <message>
        <source>it answers something else than it was asked</source>
        <translation>es antwortet auf etwas anderes, als gefragt war</translation>
    </message>
</context>
<context>
    <name>Details</name>
    <message>
        <source>Look at their pictures: mark areas to be blanked, or tick what may be sent. The rest is left out.</source>
        <translation>Sehen Sie sich die Bilder an: Markieren Sie, was geschwärzt werden soll, oder haken Sie an, was gesendet werden darf. Der Rest bleibt hier.</translation>
    </message>
    <message>
        <source>Untick what was sent &amp;before</source>
        <translation>Schon Gesendetes abwä&amp;hlen</translation>
    </message>
    <message>
        <source>Look at t&amp;he pictures …</source>
        <translation>&amp;Bilder ansehen …</translation>
    </message>
    <message>
        <source>Held back series</source>
        <translation>Zurückgehaltene Serien</translation>
    </message>
    <message>
        <source>Problems in the batch file</source>
        <translation>Fehler in der Batch-Datei</translation>
    </message>
    <message>
        <source>Warnings</source>
        <translation>Warnungen</translation>
    </message>
    <message>
        <source>Patients that can&apos;t be sent</source>
        <translation>Patienten, die nicht gesendet werden können</translation>
    </message>
    <message>
        <source>What is left out</source>
        <translation>Was ausgelassen wird</translation>
    </message>
    <message>
        <source>Held back ({count})</source>
        <translation>Zurückgehalten ({count})</translation>
    </message>
    <message>
        <source>Batch file problems ({count})</source>
        <translation>Batch-Fehler ({count})</translation>
    </message>
    <message>
        <source>Warnings ({count})</source>
        <translation>Warnungen ({count})</translation>
    </message>
    <message>
        <source>Can&apos;t be sent ({count})</source>
        <translation>Nicht sendbar ({count})</translation>
    </message>
    <message>
        <source>Left out ({count})</source>
        <translation>Ausgelassen ({count})</translation>
    </message>
    <message>
        <source>Left out ({count}), perhaps images: {lost}</source>
        <translation>Ausgelassen ({count}), vielleicht Bilder: {lost}</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>Zeile</translation>
    </message>
    <message>
        <source>Column</source>
        <translation>Spalte</translation>
    </message>
    <message>
        <source>Problem</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Wo</translation>
    </message>
    <message>
        <source>What to look at</source>
        <translation>Was zu prüfen ist</translation>
    </message>
    <message>
        <source>Patient</source>
        <translation>Patient</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Left out by you.</source>
        <translation>Von Ihnen ausgelassen.</translation>
    </message>
</context>
<context>
    <name>DropPage</name>
    <message>
        <source>Drop studies here</source>
        <translation>Studien hier ablegen</translation>
    </message>
    <message>
        <source>Folders, files, zip archives or a CD: all DICOM images in them are found.</source>
        <translation>Ordner, Dateien, ZIP-Archive oder eine CD: Alle DICOM-Bilder darin werden gefunden.</translation>
    </message>
    <message>
        <source>Nothing leaves this computer until you press Send.</source>
        <translation>Nichts verlässt diesen Computer, bevor Sie auf Senden drücken.</translation>
    </message>
    <message>
        <source>Add f&amp;older …</source>
        <translation>&amp;Ordner …</translation>
    </message>
    <message>
        <source>Add fi&amp;les …</source>
        <translation>Da&amp;teien …</translation>
    </message>
    <message>
        <source>Add &amp;zip archive …</source>
        <translation>&amp;ZIP-Archiv …</translation>
    </message>
</context>
<context>
    <name>ErrorWords</name>
    <message>
        <source>Something unexpected happened</source>
        <translation>Etwas Unerwartetes ist geschehen</translation>
    </message>
    <message>
        <source>A fault of the program ({kind}). Please report it; nothing more is sent.</source>
        <translation>Ein Fehler des Programms ({kind}). Bitte melden Sie ihn; es wird nichts weiter gesendet.</translation>
    </message>
    <message>
        <source>A fixed pseudonym is for one patient only</source>
        <translation>Ein festes Pseudonym gilt nur für einen einzigen Patienten</translation>
    </message>
    <message>
        <source>This pseudonym can&apos;t be used</source>
        <translation>Dieses Pseudonym ist nicht verwendbar</translation>
    </message>
    <message>
        <source>Your department is not usable</source>
        <translation>Ihre Abteilung ist nicht verwendbar</translation>
    </message>
    <message>
        <source>The server has no department for you. Ask its administrators to set it.</source>
        <translation>Der Server kennt keine Abteilung für Sie. Bitten Sie seine Administratoren, sie einzutragen.</translation>
    </message>
    <message>
        <source>Its name is too long or has unusable characters. Ask the administrators.</source>
        <translation>Ihr Name ist zu lang oder hat unbrauchbare Zeichen. Fragen Sie die Administratoren.</translation>
    </message>
    <message>
        <source>More than one PatientID was found. Add one patient&apos;s files only, or change mode.</source>
        <translation>Mehr als eine PatientID wurde gefunden. Fügen Sie nur Dateien eines Patienten hinzu oder wechseln Sie den Modus.</translation>
    </message>
    <message>
        <source>One PatientID, but different names: perhaps two patients were mixed.</source>
        <translation>Eine PatientID, aber verschiedene Namen: Vielleicht wurden zwei Patienten vermischt.</translation>
    </message>
    <message>
        <source>One PatientID, but different birth dates: perhaps two patients were mixed.</source>
        <translation>Eine PatientID, aber verschiedene Geburtsdaten: Vielleicht wurden zwei Patienten vermischt.</translation>
    </message>
    <message>
        <source>No PatientID, and nothing says that the files are one patient&apos;s. Add one study.</source>
        <translation>Keine PatientID, und nichts sagt, dass die Dateien zu einem Patienten gehören. Fügen Sie eine einzige Studie hinzu.</translation>
    </message>
    <message>
        <source>It may have up to 64 characters, no spaces at its ends, and none of these: \ * ? ^ =</source>
        <translation>Es darf bis zu 64 Zeichen haben, keine Leerzeichen am Anfang oder Ende und keines dieser Zeichen: \ * ? ^ =</translation>
    </message>
    <message>
        <source>It is the patient&apos;s own ID, name or birth date. Type another one.</source>
        <translation>Es ist die ID, der Name oder das Geburtsdatum des Patienten selbst. Geben Sie ein anderes ein.</translation>
    </message>
</context>
<context>
    <name>Errors</name>
    <message>
        <source>The file is damaged</source>
        <translation>Die Datei ist beschädigt</translation>
    </message>
    <message>
        <source>The file can&apos;t be read</source>
        <translation>Die Datei ist nicht lesbar</translation>
    </message>
    <message>
        <source>The file&apos;s header is too large</source>
        <translation>Der Kopf der Datei ist zu groß</translation>
    </message>
    <message>
        <source>A DICOMDIR</source>
        <translation>Ein DICOMDIR</translation>
    </message>
    <message>
        <source>The file&apos;s sequences are nested too deeply</source>
        <translation>Die Sequenzen der Datei sind zu tief verschachtelt</translation>
    </message>
    <message>
        <source>No DICOM file</source>
        <translation>Keine DICOM-Datei</translation>
    </message>
    <message>
        <source>The search was stopped</source>
        <translation>Die Suche wurde abgebrochen</translation>
    </message>
    <message>
        <source>The zip archive can&apos;t be opened</source>
        <translation>Das ZIP-Archiv lässt sich nicht öffnen</translation>
    </message>
    <message>
        <source>The file can&apos;t be opened</source>
        <translation>Die Datei lässt sich nicht öffnen</translation>
    </message>
    <message>
        <source>The link leads to itself</source>
        <translation>Die Verknüpfung führt zu sich selbst</translation>
    </message>
    <message>
        <source>This is no file</source>
        <translation>Das ist keine Datei</translation>
    </message>
    <message>
        <source>The file is gone</source>
        <translation>Die Datei ist nicht mehr da</translation>
    </message>
    <message>
        <source>The server&apos;s certificate is not trusted</source>
        <translation>Dem Zertifikat des Servers wird nicht vertraut</translation>
    </message>
    <message>
        <source>The connection could not be secured, so nothing was sent. Check the address. If your hospital uses its own certificates, they must be installed on this computer; ask your IT department.</source>
        <translation>Die Verbindung konnte nicht gesichert werden, daher wurde nichts gesendet. Prüfen Sie die Adresse. Wenn Ihr Krankenhaus eigene Zertifikate verwendet, müssen sie auf diesem Computer installiert sein; fragen Sie Ihre IT-Abteilung.</translation>
    </message>
    <message>
        <source>The connection was lost</source>
        <translation>Die Verbindung ging verloren</translation>
    </message>
    <message>
        <source>The connection to the server was cut. Try again; what was already stored is not sent again.</source>
        <translation>Die Verbindung zum Server wurde unterbrochen. Versuchen Sie es erneut; was schon gespeichert ist, wird nicht noch einmal gesendet.</translation>
    </message>
    <message>
        <source>The server stopped the connection</source>
        <translation>Der Server hat die Verbindung beendet</translation>
    </message>
    <message>
        <source>More was sent at once than the server allows. This is a fault of this program; please report it.</source>
        <translation>Es wurde mehr auf einmal gesendet, als der Server erlaubt. Das ist ein Fehler dieses Programms; bitte melden Sie ihn.</translation>
    </message>
    <message>
        <source>The file is not sent</source>
        <translation>Die Datei wird nicht gesendet</translation>
    </message>
    <message>
        <source>This upload is already under way</source>
        <translation>Dieser Upload läuft bereits</translation>
    </message>
    <message>
        <source>What it keeps as this department&apos;s key is not one. Remove it there.</source>
        <translation>Was dort als Schlüssel dieser Abteilung liegt, ist keiner. Entfernen Sie es dort.</translation>
    </message>
    <message>
        <source>The system&apos;s keyring can&apos;t be used</source>
        <translation>Der Schlüsselbund des Systems ist nicht verwendbar</translation>
    </message>
    <message>
        <source>This is not the address of a server</source>
        <translation>Das ist keine Serveradresse</translation>
    </message>
    <message>
        <source>The connection to this server would not be encrypted</source>
        <translation>Die Verbindung zu diesem Server wäre unverschlüsselt</translation>
    </message>
    <message>
        <source>This is not a token</source>
        <translation>Das ist kein Token</translation>
    </message>
    <message>
        <source>Unlock it (the system asks for its password, often the one you log in with), then try again.</source>
        <translation>Entsperren Sie ihn (das System fragt nach seinem Passwort, oft dem Ihrer Anmeldung) und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>The system&apos;s keyring is locked</source>
        <translation>Der Schlüsselbund des Systems ist gesperrt</translation>
    </message>
    <message>
        <source>This department has another key already</source>
        <translation>Diese Abteilung hat schon einen anderen Schlüssel</translation>
    </message>
    <message>
        <source>A key is never replaced, because the pseudonyms made with it could not be made again. Export the old key and keep it safe; then remove it, and try again.</source>
        <translation>Ein Schlüssel wird nie ersetzt, denn die damit erzeugten Pseudonyme wären sonst verloren. Exportieren Sie den alten Schlüssel und verwahren Sie ihn sicher; entfernen Sie ihn dann und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>This department has no key on this machine</source>
        <translation>Diese Abteilung hat keinen Schlüssel auf diesem Computer</translation>
    </message>
    <message>
        <source>Import the key file that your department keeps. Only if there is none, make a new key.</source>
        <translation>Laden Sie die Schlüsseldatei, die Ihre Abteilung verwahrt. Erzeugen Sie nur dann einen neuen Schlüssel, wenn es keine gibt.</translation>
    </message>
    <message>
        <source>Its port can&apos;t be 0.</source>
        <translation>Der Port kann nicht 0 sein.</translation>
    </message>
    <message>
        <source>Type an address such as adit.example.org.</source>
        <translation>Geben Sie eine Adresse wie adit.example.org ein.</translation>
    </message>
    <message>
        <source>An address starts with https:// or with the server&apos;s name.</source>
        <translation>Eine Adresse beginnt mit https:// oder mit dem Namen des Servers.</translation>
    </message>
    <message>
        <source>Unencrypted connections to this machine are for trying out and must be allowed (--insecure-loopback).</source>
        <translation>Unverschlüsselte Verbindungen zu diesem Computer dienen zum Ausprobieren und müssen erlaubt werden (--insecure-loopback).</translation>
    </message>
    <message>
        <source>Patients&apos; data must not travel in the open. Use the address that starts with https://.</source>
        <translation>Patientendaten dürfen nicht unverschlüsselt übertragen werden. Verwenden Sie die Adresse, die mit https:// beginnt.</translation>
    </message>
    <message>
        <source>An address holds no user name and no password; sign in with your token.</source>
        <translation>Eine Adresse enthält weder Benutzername noch Passwort; melden Sie sich mit Ihrem Token an.</translation>
    </message>
    <message>
        <source>Its name or port can&apos;t be right. Type an address such as adit.example.org.</source>
        <translation>Name oder Port können nicht stimmen. Geben Sie eine Adresse wie adit.example.org ein.</translation>
    </message>
    <message>
        <source>The settings can&apos;t be read</source>
        <translation>Die Einstellungen sind nicht lesbar</translation>
    </message>
    <message>
        <source>A folder of this program can&apos;t be made</source>
        <translation>Ein Ordner dieses Programms kann nicht angelegt werden</translation>
    </message>
    <message>
        <source>The settings of this computer can&apos;t be read</source>
        <translation>Die Einstellungen dieses Computers können nicht gelesen werden</translation>
    </message>
    <message>
        <source>The settings can&apos;t be saved</source>
        <translation>Die Einstellungen können nicht gespeichert werden</translation>
    </message>
    <message>
        <source>A token is one word of letters and digits. Copy it once more from the server&apos;s token page.</source>
        <translation>Ein Token ist ein einziges Wort aus Buchstaben und Ziffern. Kopieren Sie es noch einmal von der Token-Seite des Servers.</translation>
    </message>
    <message>
        <source>This system has none. Install and start one, for example GNOME Keyring.</source>
        <translation>Dieses System hat keinen. Installieren und starten Sie einen, zum Beispiel GNOME Keyring.</translation>
    </message>
    <message>
        <source>It does not give back what it was given.</source>
        <translation>Er gibt nicht zurück, was ihm gegeben wurde.</translation>
    </message>
    <message>
        <source>It does not answer as it should. Log out and in again, or ask your IT.</source>
        <translation>Er antwortet nicht, wie er sollte. Melden Sie sich am Computer ab und wieder an, oder fragen Sie Ihre IT.</translation>
    </message>
    <message>
        <source>The keyring that this system is set up to use can&apos;t be loaded.</source>
        <translation>Der Schlüsselbund, den dieses System benutzen soll, kann nicht geladen werden.</translation>
    </message>
    <message>
        <source>The picture can&apos;t be shown</source>
        <translation>Das Bild kann nicht gezeigt werden</translation>
    </message>
    <message>
        <source>There is no picture to show</source>
        <translation>Es gibt kein Bild, das gezeigt werden kann</translation>
    </message>
    <message>
        <source>The picture is damaged</source>
        <translation>Das Bild ist beschädigt</translation>
    </message>
    <message>
        <source>The picture can&apos;t be decoded here</source>
        <translation>Das Bild kann hier nicht dekodiert werden</translation>
    </message>
    <message>
        <source>A decoder failed at this picture. It is damaged, or made in a way that no decoder here understands.</source>
        <translation>Ein Decoder ist an diesem Bild gescheitert. Es ist beschädigt oder auf eine Weise erzeugt, die hier kein Decoder versteht.</translation>
    </message>
    <message>
        <source>The compressed picture is not of the size that the header says.</source>
        <translation>Das komprimierte Bild hat nicht die Größe, die im Dateikopf steht.</translation>
    </message>
    <message>
        <source>The compressed picture can&apos;t be decoded.</source>
        <translation>Das komprimierte Bild lässt sich nicht entschlüsseln.</translation>
    </message>
    <message>
        <source>The compressed picture&apos;s values are of another size than the header says.</source>
        <translation>Die Werte des komprimierten Bildes haben eine andere Größe, als im Dateikopf steht.</translation>
    </message>
    <message>
        <source>This installation has no decoder for pictures. Install adit-uploader with its pictures: pip install &apos;adit-uploader[pictures]&apos;.</source>
        <translation>Dieser Installation fehlt der Decoder für Bilder. Installieren Sie adit-uploader mit Bildern: pip install &apos;adit-uploader[pictures]&apos;.</translation>
    </message>
    <message>
        <source>This file has no picture.</source>
        <translation>Diese Datei enthält kein Bild.</translation>
    </message>
    <message>
        <source>The picture&apos;s values are of a size that this program does not show.</source>
        <translation>Die Werte des Bildes haben eine Größe, die dieses Programm nicht anzeigt.</translation>
    </message>
    <message>
        <source>This is a video, which this program does not show. Look at it with a DICOM viewer.</source>
        <translation>Das ist ein Video; dieses Programm zeigt es nicht. Sehen Sie es in einem DICOM-Betrachter an.</translation>
    </message>
    <message>
        <source>This file has no picture: it is a document, a report or a recording.</source>
        <translation>Diese Datei enthält kein Bild: Sie ist ein Dokument, ein Befund oder eine Aufzeichnung.</translation>
    </message>
    <message>
        <source>The picture&apos;s colours belong to pairs of pixels, and its rows don&apos;t hold whole pairs.</source>
        <translation>Die Farben des Bildes gehören zu Paaren von Bildpunkten, und seine Zeilen enthalten keine ganzen Paare.</translation>
    </message>
    <message>
        <source>The picture&apos;s colours are of a kind that this program does not show.</source>
        <translation>Die Farben des Bildes sind von einer Art, die dieses Programm nicht anzeigt.</translation>
    </message>
    <message>
        <source>The picture is compressed in a way that this program does not read.</source>
        <translation>Das Bild ist so komprimiert, dass dieses Programm es nicht lesen kann.</translation>
    </message>
    <message>
        <source>The picture is shorter than the file&apos;s header says.</source>
        <translation>Das Bild ist kürzer, als im Dateikopf steht.</translation>
    </message>
    <message>
        <source>The header can&apos;t be read as a whole.</source>
        <translation>Der Dateikopf lässt sich nicht ganz lesen.</translation>
    </message>
    <message>
        <source>The compressed picture does not hold as many frames as the header says.</source>
        <translation>Das komprimierte Bild enthält nicht so viele Einzelbilder, wie im Dateikopf steht.</translation>
    </message>
    <message>
        <source>The file became shorter while it was read.</source>
        <translation>Die Datei wurde kürzer, während sie gelesen wurde.</translation>
    </message>
    <message>
        <source>There is no compressed picture.</source>
        <translation>Es gibt kein komprimiertes Bild.</translation>
    </message>
    <message>
        <source>One frame of the picture is larger than this program decodes.</source>
        <translation>Ein Einzelbild ist größer, als dieses Programm entschlüsselt.</translation>
    </message>
    <message>
        <source>The picture has no rows or no columns.</source>
        <translation>Das Bild hat keine Zeilen oder keine Spalten.</translation>
    </message>
    <message>
        <source>The picture&apos;s colours are of a kind that this program does not know.</source>
        <translation>Die Farben des Bildes sind von einer Art, die dieses Programm nicht kennt.</translation>
    </message>
    <message>
        <source>The picture&apos;s values are of a size that this program does not know.</source>
        <translation>Die Werte des Bildes haben eine Größe, die dieses Programm nicht kennt.</translation>
    </message>
    <message>
        <source>The header contradicts itself about the picture&apos;s bits.</source>
        <translation>Der Dateikopf widerspricht sich bei den Bits des Bildes.</translation>
    </message>
    <message>
        <source>The header does not say how the picture is written.</source>
        <translation>Der Dateikopf sagt nicht, wie das Bild geschrieben ist.</translation>
    </message>
    <message>
        <source>The picture&apos;s palette can&apos;t be understood.</source>
        <translation>Die Farbtabelle des Bildes ist nicht zu verstehen.</translation>
    </message>
    <message>
        <source>The file has no frame of this number.</source>
        <translation>Die Datei hat kein Einzelbild mit dieser Nummer.</translation>
    </message>
    <message>
        <source>The file can&apos;t be read any more.</source>
        <translation>Die Datei ist nicht mehr lesbar.</translation>
    </message>
    <message>
        <source>No department</source>
        <translation>Keine Abteilung</translation>
    </message>
    <message>
        <source>Internal pseudonyms are computed from the department and the PatientID. Ask the administrator of the server to set the department of your user.</source>
        <translation>Interne Pseudonyme werden aus der Abteilung und der PatientID berechnet. Bitten Sie die Administratoren des Servers, Ihre Abteilung einzutragen.</translation>
    </message>
    <message>
        <source>No PatientID</source>
        <translation>Keine PatientID</translation>
    </message>
    <message>
        <source>These files hold no PatientID, so no pseudonym can be computed from it.</source>
        <translation>Diese Dateien enthalten keine PatientID, daher lässt sich daraus kein Pseudonym berechnen.</translation>
    </message>
    <message>
        <source>It holds a NUL character, or bytes that its character set does not know. Correct it at its source.</source>
        <translation>Der Wert enthält ein NUL-Zeichen oder Bytes, die sein Zeichensatz nicht kennt. Berichtigen Sie ihn an der Quelle.</translation>
    </message>
    <message>
        <source>This pseudonym can&apos;t be used</source>
        <translation>Dieses Pseudonym ist nicht verwendbar</translation>
    </message>
    <message>
        <source>The batch file can&apos;t be used</source>
        <translation>Die Batch-Datei ist nicht verwendbar</translation>
    </message>
    <message>
        <source>The key list can&apos;t be read</source>
        <translation>Die Schlüsselliste lässt sich nicht lesen</translation>
    </message>
    <message>
        <source>The key list can&apos;t be saved</source>
        <translation>Die Schlüsselliste kann nicht gespeichert werden</translation>
    </message>
    <message>
        <source>Its name must end in .csv or .xlsx.</source>
        <translation>Ihr Name muss auf .csv oder .xlsx enden.</translation>
    </message>
    <message>
        <source>Your user may not send in this mode. Choose another one.</source>
        <translation>Ihr Benutzer darf in diesem Modus nicht senden. Wählen Sie einen anderen.</translation>
    </message>
    <message>
        <source>Your user may not send to this destination. Choose another one.</source>
        <translation>Ihr Benutzer darf nicht an dieses Ziel senden. Wählen Sie ein anderes.</translation>
    </message>
    <message>
        <source>The server takes uploads of a single patient only. Choose one patient.</source>
        <translation>Der Server nimmt nur Uploads eines einzigen Patienten an. Wählen Sie einen Patienten.</translation>
    </message>
    <message>
        <source>The server does not allow this de-identification profile. Choose another one.</source>
        <translation>Der Server erlaubt dieses De-Identifizierungsprofil nicht. Wählen Sie ein anderes.</translation>
    </message>
    <message>
        <source>The server does not take series whose pictures may show the patient&apos;s name. Leave them out.</source>
        <translation>Der Server nimmt keine Serien an, deren Bilder den Namen des Patienten zeigen können. Lassen Sie sie weg.</translation>
    </message>
    <message>
        <source>Another server is set by your IT department</source>
        <translation>Ihre IT-Abteilung hat einen anderen Server festgelegt</translation>
    </message>
    <message>
        <source>Sign in to {server}.</source>
        <translation>Melden Sie sich bei {server} an.</translation>
    </message>
    <message>
        <source>{path}: {why}. Tell whoever manages this computer.</source>
        <translation>{path}: {why}. Sagen Sie denen Bescheid, die diesen Computer verwalten.</translation>
    </message>
    <message>
        <source>{path} is damaged. Tell whoever manages this computer.</source>
        <translation>{path} ist beschädigt. Sagen Sie denen Bescheid, die diesen Computer verwalten.</translation>
    </message>
    <message>
        <source>{path}: {why}. Check its rights: the program goes on with fresh ones.</source>
        <translation>{path}: {why}. Prüfen Sie die Rechte: Das Programm macht mit neuen weiter.</translation>
    </message>
    <message>
        <source>{path}: {why}. Check the rights of the folder above it, and the free space.</source>
        <translation>{path}: {why}. Prüfen Sie die Rechte des Ordners darüber und den freien Platz.</translation>
    </message>
    <message>
        <source>{path}: {why}. Check the folder&apos;s rights and the free space; until then they count for this session.</source>
        <translation>{path}: {why}. Prüfen Sie die Rechte des Ordners und den freien Platz; bis dahin gelten sie für diese Sitzung.</translation>
    </message>
    <message>
        <source>{path} is damaged. Delete it: the program then starts with fresh ones.</source>
        <translation>{path} ist beschädigt. Löschen Sie die Datei: Das Programm beginnt dann mit neuen.</translation>
    </message>
    <message>
        <source>It is set to {name}, which does not protect what it keeps. Use the system&apos;s own keyring (GNOME Keyring, KWallet, macOS Keychain, Windows Credentials).</source>
        <translation>Eingestellt ist {name}, das nicht schützt, was es verwahrt. Verwenden Sie den Schlüsselbund des Systems (GNOME Keyring, KWallet, macOS-Schlüsselbund, Windows-Anmeldeinformationen).</translation>
    </message>
    <message>
        <source>The picture can&apos;t be compressed again without loss.</source>
        <translation>Das Bild lässt sich nicht ohne Verlust neu komprimieren.</translation>
    </message>
    <message>
        <source>The picture is compressed in a way in which this program can&apos;t write it again.</source>
        <translation>Das Bild ist auf eine Art komprimiert, in der dieses Programm es nicht wieder schreiben kann.</translation>
    </message>
    <message>
        <source>There is no room for the blanked picture in this computer&apos;s folder for temporary files.</source>
        <translation>Im Ordner für temporäre Dateien dieses Computers ist kein Platz für das geschwärzte Bild.</translation>
    </message>
    <message>
        <source>The blanked picture can&apos;t be read back from this computer&apos;s disk.</source>
        <translation>Das geschwärzte Bild lässt sich nicht von der Festplatte dieses Computers zurücklesen.</translation>
    </message>
    <message>
        <source>There is no picture in this file, so nothing of it can be blanked.</source>
        <translation>In dieser Datei ist kein Bild, also lässt sich nichts davon schwärzen.</translation>
    </message>
    <message>
        <source>The picture&apos;s colours are of a kind that this program can&apos;t blank.</source>
        <translation>Die Farben des Bildes sind von einer Art, die dieses Programm nicht schwärzen kann.</translation>
    </message>
    <message>
        <source>The picture is not of the length that the header says.</source>
        <translation>Das Bild hat nicht die Länge, die der Kopf der Datei nennt.</translation>
    </message>
    <message>
        <source>Single bits in big endian words are read differently by different programs.</source>
        <translation>Einzelne Bits in Big-Endian-Wörtern lesen verschiedene Programme verschieden.</translation>
    </message>
    <message>
        <source>The picture has another size than the one on which the rectangles were drawn.</source>
        <translation>Das Bild hat eine andere Größe als das, auf dem die Rechtecke gezeichnet wurden.</translation>
    </message>
    <message>
        <source>The file holds more beside its pixel data than this program reads.</source>
        <translation>Die Datei enthält neben ihren Pixeldaten mehr, als dieses Programm liest.</translation>
    </message>
    <message>
        <source>A sequence ends where none is open.</source>
        <translation>Eine Sequenz endet, wo keine offen ist.</translation>
    </message>
    <message>
        <source>An element has no length where it needs one.</source>
        <translation>Ein Element hat keine Länge, wo es eine braucht.</translation>
    </message>
    <message>
        <source>An element is longer than what is left of the file. It may be copied only in part.</source>
        <translation>Ein Element ist länger als der Rest der Datei. Vielleicht wurde sie nur zum Teil kopiert.</translation>
    </message>
    <message>
        <source>The file&apos;s sequences are nested too deeply.</source>
        <translation>Die Sequenzen der Datei sind zu tief verschachtelt.</translation>
    </message>
    <message>
        <source>The file holds more elements in one place than this program reads.</source>
        <translation>Die Datei enthält an einer Stelle mehr Elemente, als dieses Programm liest.</translation>
    </message>
    <message>
        <source>The file ends in the middle of an element. It may have been copied only in part.</source>
        <translation>Die Datei endet mitten in einem Element. Vielleicht wurde sie nur zum Teil kopiert.</translation>
    </message>
    <message>
        <source>The file holds two kinds of pixel data.</source>
        <translation>Die Datei enthält zwei Arten von Pixeldaten.</translation>
    </message>
    <message>
        <source>The pixel data is longer than what is left of the file.</source>
        <translation>Die Pixeldaten sind länger als der Rest der Datei.</translation>
    </message>
    <message>
        <source>An element is not written as its transfer syntax says.</source>
        <translation>Ein Element ist nicht so geschrieben, wie seine Transfersyntax sagt.</translation>
    </message>
    <message>
        <source>A sequence has no end.</source>
        <translation>Eine Sequenz hat kein Ende.</translation>
    </message>
    <message>
        <source>A sequence holds something that is no item.</source>
        <translation>Eine Sequenz enthält etwas, das kein Eintrag ist.</translation>
    </message>
    <message>
        <source>An item is longer than its sequence.</source>
        <translation>Ein Eintrag ist länger als seine Sequenz.</translation>
    </message>
    <message>
        <source>A compressed picture has no end.</source>
        <translation>Ein komprimiertes Bild hat kein Ende.</translation>
    </message>
    <message>
        <source>A compressed picture is cut, or its parts have wrong lengths.</source>
        <translation>Ein komprimiertes Bild ist abgeschnitten, oder seine Teile haben falsche Längen.</translation>
    </message>
    <message>
        <source>The file is no longer of the patient that was found in it. Search the folder again.</source>
        <translation>Die Datei ist nicht mehr von dem Patienten, der darin gefunden wurde. Durchsuchen Sie den Ordner erneut.</translation>
    </message>
    <message>
        <source>The file could not be de-identified</source>
        <translation>Die Datei konnte nicht de-identifiziert werden</translation>
    </message>
    <message>
        <source>Unknown de-identification profile</source>
        <translation>Unbekanntes De-Identifizierungsprofil</translation>
    </message>
    <message>
        <source>The de-identification profile has mistakes</source>
        <translation>Das De-Identifizierungsprofil hat Fehler</translation>
    </message>
    <message>
        <source>The site key can&apos;t be used</source>
        <translation>Der Standortschlüssel ist nicht verwendbar</translation>
    </message>
    <message>
        <source>The file changed while it was read</source>
        <translation>Die Datei hat sich beim Lesen geändert</translation>
    </message>
    <message>
        <source>The file&apos;s encoding is not supported</source>
        <translation>Die Kodierung der Datei wird nicht unterstützt</translation>
    </message>
    <message>
        <source>The picture can&apos;t be blanked</source>
        <translation>Das Bild lässt sich nicht schwärzen</translation>
    </message>
    <message>
        <source>The file does not say what it is</source>
        <translation>Die Datei sagt nicht, was sie ist</translation>
    </message>
    <message>
        <source>The de-identified file still names the patient</source>
        <translation>Die de-identifizierte Datei nennt noch den Patienten</translation>
    </message>
    <message>
        <source>After de-identification something of the patient&apos;s identity was still found in: {names}. The file is not sent.</source>
        <translation>Nach der De-Identifizierung stand noch etwas von der Identität des Patienten in: {names}. Die Datei wird nicht gesendet.</translation>
    </message>
    <message>
        <source>The file lacks {names}. Export it again from its source.</source>
        <translation>Der Datei fehlt {names}. Exportieren Sie sie erneut aus ihrer Quelle.</translation>
    </message>
    <message>
        <source>The file is named by what is no UID: {names}. Export it again from its source.</source>
        <translation>Was die Datei benennt, ist keine UID: {names}. Exportieren Sie sie erneut aus ihrer Quelle.</translation>
    </message>
    <message>
        <source>The file says the same thing twice in one place, and nobody can tell which of the two it means.</source>
        <translation>Die Datei sagt an einer Stelle dasselbe zweimal, und niemand weiß, was davon gilt.</translation>
    </message>
    <message>
        <source>{path}: {why}. Check the rights of the program&apos;s data folder, then try again.</source>
        <translation>{path}: {why}. Prüfen Sie die Rechte des Datenordners des Programms und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Local traces can&apos;t be deleted</source>
        <translation>Die lokalen Spuren lassen sich nicht löschen</translation>
    </message>
    <message>
        <source>The archive would unpack to far more than an archive of pictures does.</source>
        <translation>Das Archiv würde ausgepackt weit größer, als ein Archiv von Bildern wird.</translation>
    </message>
    <message>
        <source>An element begins where its sequence or the file already ends.</source>
        <translation>Ein Element beginnt, wo seine Sequenz oder die Datei schon endet.</translation>
    </message>
    <message>
        <source>The file holds more elements than this program reads.</source>
        <translation>Die Datei enthält mehr Elemente, als dieses Programm liest.</translation>
    </message>
    <message>
        <source>An element is longer than what is left of the file. It may have been copied only in part.</source>
        <translation>Ein Element ist länger als der Rest der Datei. Vielleicht wurde sie nur zum Teil kopiert.</translation>
    </message>
    <message>
        <source>The file holds a compressed picture of great size beside its main one.</source>
        <translation>Die Datei enthält neben dem eigentlichen Bild noch ein sehr großes komprimiertes.</translation>
    </message>
    <message>
        <source>A compressed picture beside the main one can&apos;t be told from what follows it.</source>
        <translation>Ein komprimiertes Bild neben dem eigentlichen ist nicht von dem zu unterscheiden, was darauf folgt.</translation>
    </message>
    <message>
        <source>Sequences lie in sequences more than {count} times.</source>
        <translation>Sequenzen liegen mehr als {count}-mal ineinander.</translation>
    </message>
    <message>
        <source>An item or a sequence ends where none is open.</source>
        <translation>Ein Eintrag oder eine Sequenz endet, wo nichts offen ist.</translation>
    </message>
    <message>
        <source>The compressed picture has no end. The file may have been copied only in part.</source>
        <translation>Das komprimierte Bild hat kein Ende. Vielleicht wurde die Datei nur zum Teil kopiert.</translation>
    </message>
    <message>
        <source>The compressed picture is cut, or its parts have wrong lengths.</source>
        <translation>Das komprimierte Bild ist abgeschnitten, oder seine Teile haben falsche Längen.</translation>
    </message>
    <message>
        <source>An item&apos;s end is not written as it must be.</source>
        <translation>Das Ende eines Eintrags ist nicht so geschrieben, wie es sein muss.</translation>
    </message>
    <message>
        <source>No more pictures are shown.</source>
        <translation>Es werden keine Bilder mehr gezeigt.</translation>
    </message>
    <message>
        <source>The picture takes too long to decode. It is damaged, or far larger than a picture should be.</source>
        <translation>Das Dekodieren des Bildes dauert zu lange. Es ist beschädigt oder viel größer, als ein Bild sein sollte.</translation>
    </message>
    <message>
        <source>It is no longer there, or the link to it leads nowhere.</source>
        <translation>Sie ist nicht mehr da, oder die Verknüpfung zu ihr führt ins Leere.</translation>
    </message>
    <message>
        <source>The link leads to itself.</source>
        <translation>Die Verknüpfung führt zu sich selbst.</translation>
    </message>
    <message>
        <source>This is a folder or a device.</source>
        <translation>Das ist ein Ordner oder ein Gerät.</translation>
    </message>
    <message>
        <source>The system says: {why}. Check its rights.</source>
        <translation>Das System sagt: {why}. Prüfen Sie die Rechte.</translation>
    </message>
    <message>
        <source>This is a folder, a device, a pipe or a socket.</source>
        <translation>Das ist ein Ordner, ein Gerät oder eine Verbindung.</translation>
    </message>
    <message>
        <source>The archive no longer holds it.</source>
        <translation>Das Archiv enthält sie nicht mehr.</translation>
    </message>
    <message>
        <source>The archive is made in a way that this program does not read.</source>
        <translation>Das Archiv ist von einer Art, die dieses Programm nicht liest.</translation>
    </message>
    <message>
        <source>The archive is damaged. It may have been copied only in part.</source>
        <translation>Das Archiv ist beschädigt. Vielleicht wurde es nur zum Teil kopiert.</translation>
    </message>
    <message>
        <source>The file meta information is not written as it must be.</source>
        <translation>Die Metainformation der Datei ist nicht so geschrieben, wie sie sein muss.</translation>
    </message>
    <message>
        <source>The file became shorter while it was being sent.</source>
        <translation>Die Datei wurde beim Senden kürzer.</translation>
    </message>
    <message>
        <source>The file can no longer be read. It may have been moved, or its drive removed.</source>
        <translation>Die Datei lässt sich nicht mehr lesen. Vielleicht wurde sie verschoben oder ihr Laufwerk entfernt.</translation>
    </message>
    <message>
        <source>A site key has {count} bytes. Tell the server&apos;s administrators.</source>
        <translation>Ein Standortschlüssel hat {count} Bytes. Sagen Sie es den Administratoren des Servers.</translation>
    </message>
    <message>
        <source>Files that go as they are can&apos;t be blanked. Choose another mode for this series.</source>
        <translation>Dateien, die gesendet werden, wie sie sind, lassen sich nicht schwärzen. Wählen Sie für diese Serie einen anderen Modus.</translation>
    </message>
    <message>
        <source>A value has become too long for its element.</source>
        <translation>Ein Wert ist zu lang für sein Element geworden.</translation>
    </message>
    <message>
        <source>The data set can be read in two ways.</source>
        <translation>Der Datensatz lässt sich auf zwei Arten lesen.</translation>
    </message>
    <message>
        <source>The data set can&apos;t be understood.</source>
        <translation>Der Datensatz ist nicht zu verstehen.</translation>
    </message>
    <message>
        <source>The picture is shorter than the file&apos;s header says. It may have been written only in part.</source>
        <translation>Das Bild ist kürzer, als der Kopf der Datei sagt. Vielleicht wurde es nur zum Teil geschrieben.</translation>
    </message>
    <message>
        <source>The picture is missing. The file may have been copied only in part.</source>
        <translation>Das Bild fehlt. Vielleicht wurde die Datei nur zum Teil kopiert.</translation>
    </message>
    <message>
        <source>The part of the program that decodes pictures did not start. Try again.</source>
        <translation>Der Teil des Programms, der Bilder dekodiert, ist nicht gestartet. Versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>{path}: {why}. Choose another folder.</source>
        <translation>{path}: {why}. Wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
        <source>The diagnostic information can&apos;t be saved</source>
        <translation>Die Diagnosedaten lassen sich nicht speichern</translation>
    </message>
    <message>
        <source>It does not begin as DICOM objects do.</source>
        <translation>Sie beginnt nicht so, wie DICOM-Objekte beginnen.</translation>
    </message>
    <message>
        <source>A DICOMDIR is a table of contents. The files beside it are found without it.</source>
        <translation>Ein DICOMDIR ist ein Inhaltsverzeichnis. Die Dateien daneben werden ohne es gefunden.</translation>
    </message>
    <message>
        <source>An element that says what the file is, or whose, is far longer than it can be.</source>
        <translation>Ein Element, das sagt, was die Datei ist oder wessen, ist viel länger, als es sein kann.</translation>
    </message>
    <message>
        <source>The file ends before its data set begins.</source>
        <translation>Die Datei endet, bevor ihr Datensatz beginnt.</translation>
    </message>
    <message>
        <source>Its transfer syntax is none of DICOM&apos;s own, so nobody can say what the file holds.</source>
        <translation>Ihre Transfersyntax gehört nicht zu DICOM; niemand kann sagen, was die Datei enthält.</translation>
    </message>
    <message>
        <source>The data set holds an element twice.</source>
        <translation>Der Datensatz enthält ein Element zweimal.</translation>
    </message>
    <message>
        <source>The pixel data is not written as the transfer syntax says.</source>
        <translation>Die Pixeldaten sind nicht so geschrieben, wie die Transfersyntax sagt.</translation>
    </message>
    <message>
        <source>Something follows the end of the compressed data set.</source>
        <translation>Nach dem Ende des komprimierten Datensatzes folgt noch etwas.</translation>
    </message>
    <message>
        <source>The file meta information is larger than this program reads.</source>
        <translation>Die Metainformation der Datei ist größer, als dieses Programm liest.</translation>
    </message>
    <message>
        <source>The data set holds an element that can&apos;t be there.</source>
        <translation>Der Datensatz enthält ein Element, das dort nicht sein kann.</translation>
    </message>
    <message>
        <source>The elements are not in their order.</source>
        <translation>Die Elemente stehen nicht in ihrer Reihenfolge.</translation>
    </message>
    <message>
        <source>The compressed data set is larger than this program unpacks.</source>
        <translation>Der komprimierte Datensatz ist größer, als dieses Programm auspackt.</translation>
    </message>
    <message>
        <source>The compressed data set has no end. The file may have been copied only in part.</source>
        <translation>Der komprimierte Datensatz hat kein Ende. Vielleicht wurde die Datei nur zum Teil kopiert.</translation>
    </message>
    <message>
        <source>The compressed data set can&apos;t be unpacked.</source>
        <translation>Der komprimierte Datensatz lässt sich nicht auspacken.</translation>
    </message>
    <message>
        <source>The conversation with the server went wrong</source>
        <translation>Das Gespräch mit dem Server ist misslungen</translation>
    </message>
    <message>
        <source>This program used the connection to the server wrongly</source>
        <translation>Dieses Programm hat die Verbindung zum Server falsch benutzt</translation>
    </message>
    <message>
        <source>The other side does not follow the upload protocol</source>
        <translation>Die andere Seite hält sich nicht an das Upload-Protokoll</translation>
    </message>
    <message>
        <source>It has one problem. Nothing was sent; correct the file and try again.</source>
        <translation>Sie hat ein Problem. Es wurde nichts gesendet; berichtigen Sie die Datei und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>The {field} is too long</source>
        <translation>Zu lang: {field}</translation>
    </message>
    <message>
        <source>It may have at most {limit} bytes in UTF-8. Correct it at its source.</source>
        <translation>Erlaubt sind höchstens {limit} Bytes in UTF-8. Berichtigen Sie es an der Quelle.</translation>
    </message>
    <message>
        <source>The {field} can&apos;t be used</source>
        <translation>Nicht verwendbar: {field}</translation>
    </message>
    <message>
        <source>It has {count} problems. Nothing was sent; correct the file and try again.</source>
        <translation>Sie hat {count} Probleme. Es wurde nichts gesendet; berichtigen Sie die Datei und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>{path}: {why}. Check its name and rights, or choose another file.</source>
        <translation>{path}: {why}. Prüfen Sie Name und Rechte, oder wählen Sie eine andere Datei.</translation>
    </message>
    <message>
        <source>{path}: {why}. Choose another folder, or check its rights and the free space.</source>
        <translation>{path}: {why}. Wählen Sie einen anderen Ordner, oder prüfen Sie seine Rechte und den freien Platz.</translation>
    </message>
    <message>
        <source>The {key} can&apos;t be read</source>
        <translation>Der {key} lässt sich nicht lesen</translation>
    </message>
    <message>
        <source>The {key} can&apos;t be saved</source>
        <translation>Der {key} lässt sich nicht speichern</translation>
    </message>
    <message>
        <source>{path} is no key file: it must hold one line of {count} hexadecimal digits (0-9, a-f). Choose another file.</source>
        <translation>{path} ist keine Schlüsseldatei: Sie muss eine Zeile mit {count} hexadezimalen Ziffern (0-9, a-f) enthalten. Wählen Sie eine andere Datei.</translation>
    </message>
    <message>
        <source>{path} holds a {other}. Choose the file that holds the {key}.</source>
        <translation>{path} enthält einen {other}. Wählen Sie die Datei mit dem {key}.</translation>
    </message>
    <message>
        <source>{path} exists already, and keys are never overwritten. Choose another name.</source>
        <translation>{path} gibt es schon, und Schlüssel werden nie überschrieben. Wählen Sie einen anderen Namen.</translation>
    </message>
    <message>
        <source>{path}: {why}. Check whether it is still there, and its rights.</source>
        <translation>{path}: {why}. Prüfen Sie, ob sie noch da ist, und ihre Rechte.</translation>
    </message>
    <message>
        <source>{path} is damaged. Take the copy that you saved elsewhere.</source>
        <translation>{path} ist beschädigt. Nehmen Sie die Kopie, die Sie anderswo gespeichert haben.</translation>
    </message>
    <message>
        <source>{path}: {why}. Is it open elsewhere? Choose another name or folder, or check the free space.</source>
        <translation>{path}: {why}. Ist sie anderswo geöffnet? Wählen Sie einen anderen Namen oder Ordner, oder prüfen Sie den freien Platz.</translation>
    </message>
    <message>
        <source>Nobody may send to this computer yet</source>
        <translation>Noch darf niemand an diesen Computer senden</translation>
    </message>
    <message>
        <source>Name the AE title of each workstation that may. Its administrators know it.</source>
        <translation>Nennen Sie den AE-Titel jeder Workstation, die es darf. Ihre Administratoren kennen ihn.</translation>
    </message>
    <message>
        <source>This is not an AE title</source>
        <translation>Das ist kein AE-Titel</translation>
    </message>
    <message>
        <source>This is not an address of a computer</source>
        <translation>Das ist keine Adresse eines Computers</translation>
    </message>
    <message>
        <source>This is not a port</source>
        <translation>Das ist kein Port</translation>
    </message>
    <message>
        <source>Type a number from 1 to 65535, such as 11112.</source>
        <translation>Geben Sie eine Zahl von 1 bis 65535 ein, etwa 11112.</translation>
    </message>
    <message>
        <source>This is not an address of a workstation</source>
        <translation>Das ist keine Adresse einer Workstation</translation>
    </message>
    <message>
        <source>Nothing can be received: the port is taken</source>
        <translation>Es kann nichts empfangen werden: Der Port ist belegt</translation>
    </message>
    <message>
        <source>Nothing can be received: the port is not ours</source>
        <translation>Es kann nichts empfangen werden: Der Port ist gesperrt</translation>
    </message>
    <message>
        <source>Nothing can be received: the address is not this computer&apos;s</source>
        <translation>Es kann nichts empfangen werden: Die Adresse gehört nicht diesem Computer</translation>
    </message>
    <message>
        <source>Nothing can be received</source>
        <translation>Es kann nichts empfangen werden</translation>
    </message>
    <message>
        <source>Receiving has ended by itself</source>
        <translation>Der Empfang hat von selbst geendet</translation>
    </message>
    <message>
        <source>What arrived whole is kept. Switch it on again; if that happens again, please report it.</source>
        <translation>Was ganz angekommen ist, bleibt erhalten. Schalten Sie ihn wieder ein; geschieht es erneut, melden Sie es bitte.</translation>
    </message>
    <message>
        <source>The folder for received images can&apos;t be used</source>
        <translation>Der Ordner für empfangene Bilder kann nicht benutzt werden</translation>
    </message>
    <message>
        <source>{text}: it has 1 to 16 letters, digits and signs, and no backslash.</source>
        <translation>{text}: Er hat 1 bis 16 Buchstaben, Ziffern und Zeichen und keinen umgekehrten Schrägstrich.</translation>
    </message>
    <message>
        <source>{text}: type an IP address of this computer, such as 192.0.2.10.</source>
        <translation>{text}: Geben Sie eine IP-Adresse dieses Computers ein, etwa 192.0.2.10.</translation>
    </message>
    <message>
        <source>{text}: type IP addresses such as 192.0.2.20, or networks such as 192.0.2.0/24.</source>
        <translation>{text}: Geben Sie IP-Adressen wie 192.0.2.20 oder Netze wie 192.0.2.0/24 ein.</translation>
    </message>
    <message>
        <source>Another program on this computer uses port {port}. Choose another one.</source>
        <translation>Ein anderes Programm auf diesem Computer benutzt Port {port}. Wählen Sie einen anderen.</translation>
    </message>
    <message>
        <source>The system does not give port {port} to this program. Choose one above 1023.</source>
        <translation>Das System gibt diesem Programm Port {port} nicht. Wählen Sie einen über 1023.</translation>
    </message>
    <message>
        <source>This computer does not have the address {address} at the moment.</source>
        <translation>Dieser Computer hat die Adresse {address} zurzeit nicht.</translation>
    </message>
    <message>
        <source>The system says: {why}. Check the address and the port.</source>
        <translation>Das System sagt: {why}. Prüfen Sie Adresse und Port.</translation>
    </message>
    <message>
        <source>{path}: {why}. Check its rights and the free space.</source>
        <translation>{path}: {why}. Prüfen Sie die Rechte und den freien Platz.</translation>
    </message>
    <message>
        <source>The server does not offer the de-identification profile {profile} any more. Choose another one.</source>
        <translation>Der Server bietet das De-Identifizierungsprofil {profile} nicht mehr an. Wählen Sie ein anderes.</translation>
    </message>
    <message>
        <source>The server&apos;s profile {profile} has been changed (version {version}, hash {hash}; now version {new_version}, hash {new_hash}). Sign in again, and look at what it keeps before you send.</source>
        <translation>Das Profil {profile} des Servers wurde geändert (Version {version}, Hash {hash}; jetzt Version {new_version}, Hash {new_hash}). Melden Sie sich erneut an, und sehen Sie vor dem Senden nach, was es behält.</translation>
    </message>
    <message>
        <source>It was begun with BLAKE3 digests, which this computer or the server can&apos;t make now. Go on with it where both can, or cancel it and give the upload again as a new one.</source>
        <translation>Er wurde mit BLAKE3-Prüfsummen begonnen, die dieser Computer oder der Server jetzt nicht bilden kann. Setzen Sie ihn dort fort, wo beide es können, oder brechen Sie ihn ab und beginnen Sie den Upload neu.</translation>
    </message>
    <message>
        <source>The server did not answer in time. Try again later.</source>
        <translation>Der Server hat nicht rechtzeitig geantwortet. Versuchen Sie es später erneut.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate is signed by nobody but itself</source>
        <translation>Das Zertifikat des Servers ist nur von ihm selbst unterschrieben</translation>
    </message>
    <message>
        <source>Nothing was sent, because anybody could have made it. Ask the server&apos;s administrators for the certificate&apos;s SHA-256 fingerprint, and sign in on the command line: adit-uploader login shows the fingerprint and asks.</source>
        <translation>Es wurde nichts gesendet, denn jeder könnte es gemacht haben. Fragen Sie die Administratoren des Servers nach dem SHA-256-Fingerabdruck des Zertifikats und melden Sie sich auf der Befehlszeile an: adit-uploader login zeigt den Fingerabdruck und fragt nach.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate comes from an unknown authority</source>
        <translation>Das Zertifikat des Servers stammt von einer unbekannten Stelle</translation>
    </message>
    <message>
        <source>Nothing was sent, because this computer does not know who signed it. If your hospital has an authority of its own, its certificate must be installed on this computer, or named by --ca-file; ask your IT department.</source>
        <translation>Es wurde nichts gesendet, denn dieser Computer kennt den Aussteller nicht. Wenn Ihre Klinik eine eigene Zertifizierungsstelle hat, muss deren Zertifikat auf diesem Computer installiert sein oder mit --ca-file genannt werden; fragen Sie Ihre IT-Abteilung.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate has expired</source>
        <translation>Das Zertifikat des Servers ist abgelaufen</translation>
    </message>
    <message>
        <source>Nothing was sent. Check this computer&apos;s clock first. If it is right, tell the server&apos;s administrators: they must renew the certificate.</source>
        <translation>Es wurde nichts gesendet. Prüfen Sie zuerst die Uhr dieses Computers. Wenn sie richtig geht, sagen Sie den Administratoren des Servers Bescheid: Das Zertifikat muss erneuert werden.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate is not valid yet</source>
        <translation>Das Zertifikat des Servers ist noch nicht gültig</translation>
    </message>
    <message>
        <source>Nothing was sent. Very likely this computer&apos;s clock is wrong: check date and time. If they are right, tell the server&apos;s administrators.</source>
        <translation>Es wurde nichts gesendet. Sehr wahrscheinlich geht die Uhr dieses Computers falsch: Prüfen Sie Datum und Uhrzeit. Wenn sie stimmen, sagen Sie den Administratoren des Servers Bescheid.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate was made for another name</source>
        <translation>Das Zertifikat des Servers gilt für einen anderen Namen</translation>
    </message>
    <message>
        <source>Nothing was sent. Use the address with the name that stands in the certificate; an IP address or a short name is often not in it. Ask the server&apos;s administrators for the right address.</source>
        <translation>Es wurde nichts gesendet. Verwenden Sie die Adresse mit dem Namen, der im Zertifikat steht; eine IP-Adresse oder ein Kurzname steht oft nicht darin. Fragen Sie die Administratoren des Servers nach der richtigen Adresse.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate was revoked</source>
        <translation>Das Zertifikat des Servers wurde widerrufen</translation>
    </message>
    <message>
        <source>Nothing was sent: its issuer says that it must not be trusted. Tell the server&apos;s administrators.</source>
        <translation>Es wurde nichts gesendet: Der Aussteller sagt, dass ihm nicht vertraut werden darf. Sagen Sie den Administratoren des Servers Bescheid.</translation>
    </message>
    <message>
        <source>The server&apos;s certificate is too weak</source>
        <translation>Das Zertifikat des Servers ist zu schwach</translation>
    </message>
    <message>
        <source>Nothing was sent: its key or signature is of a kind that can be forged today. Tell the server&apos;s administrators: they must renew the certificate.</source>
        <translation>Es wurde nichts gesendet: Schlüssel oder Unterschrift sind von einer Art, die heute gefälscht werden kann. Sagen Sie den Administratoren des Servers Bescheid: Das Zertifikat muss erneuert werden.</translation>
    </message>
    <message>
        <source>The server has another certificate than before</source>
        <translation>Der Server hat ein anderes Zertifikat als bisher</translation>
    </message>
    <message>
        <source>The server&apos;s encryption is out of date</source>
        <translation>Die Verschlüsselung des Servers ist veraltet</translation>
    </message>
    <message>
        <source>It only offers kinds of encryption that are not safe any more, so nothing was sent. Tell its administrators: it must speak TLS 1.2 or newer.</source>
        <translation>Er bietet nur Verschlüsselungen an, die nicht mehr sicher sind; deshalb wurde nichts gesendet. Sagen Sie seinen Administratoren Bescheid: Er muss TLS 1.2 oder neuer sprechen.</translation>
    </message>
    <message>
        <source>The connection was cut while it was being secured</source>
        <translation>Die Verbindung wurde beim Sichern unterbrochen</translation>
    </message>
    <message>
        <source>The server, or a firewall or filter on the way, broke it off before anything was sent. Try again; if it stays so, ask your IT department to let TLS connections to this server through unchanged.</source>
        <translation>Der Server oder eine Firewall oder ein Filter auf dem Weg hat sie abgebrochen, bevor etwas gesendet wurde. Versuchen Sie es noch einmal; wenn es so bleibt, bitten Sie Ihre IT-Abteilung, TLS-Verbindungen zu diesem Server unverändert durchzulassen.</translation>
    </message>
    <message>
        <source>The connection can&apos;t be secured</source>
        <translation>Die Verbindung kann nicht gesichert werden</translation>
    </message>
    <message>
        <source>Program and server do not find a common kind of encryption, or the server asks for a certificate of this computer. Nothing was sent. Tell the server&apos;s administrators.</source>
        <translation>Programm und Server finden keine gemeinsame Verschlüsselung, oder der Server verlangt ein Zertifikat dieses Computers. Es wurde nichts gesendet. Sagen Sie den Administratoren des Servers Bescheid.</translation>
    </message>
    <message>
        <source>The file of certificate authorities can&apos;t be used</source>
        <translation>Die Datei mit den Zertifizierungsstellen kann nicht verwendet werden</translation>
    </message>
    <message>
        <source>Check its name in --ca-file or in the settings; it must hold certificates in PEM form.</source>
        <translation>Prüfen Sie ihren Namen in --ca-file oder in den Einstellungen; sie muss Zertifikate im PEM-Format enthalten.</translation>
    </message>
    <message>
        <source>The setting of the network&apos;s proxy is wrong</source>
        <translation>Die Einstellung des Proxys ist falsch</translation>
    </message>
    <message>
        <source>Its address must look like http://proxy.example.org:3128 or socks5h://proxy.example.org:1080. It comes from --proxy, from the settings, from the environment (HTTPS_PROXY), or from the system.</source>
        <translation>Seine Adresse muss so aussehen: http://proxy.example.org:3128 oder socks5h://proxy.example.org:1080. Sie kommt aus --proxy, aus den Einstellungen, aus der Umgebung (HTTPS_PROXY) oder vom System.</translation>
    </message>
    <message>
        <source>The network&apos;s proxy does not answer</source>
        <translation>Der Proxy des Netzes antwortet nicht</translation>
    </message>
    <message>
        <source>The way to the server leads over a proxy, where nothing answers. Check whether you are in the right network, and the proxy&apos;s address in the system&apos;s settings; --proxy none goes without it.</source>
        <translation>Der Weg zum Server führt über einen Proxy, und dort antwortet nichts. Prüfen Sie, ob Sie im richtigen Netz sind, und die Adresse des Proxys in den Systemeinstellungen; mit --proxy none geht es ohne ihn.</translation>
    </message>
    <message>
        <source>The network&apos;s proxy asks for a password</source>
        <translation>Der Proxy des Netzes verlangt ein Passwort</translation>
    </message>
    <message>
        <source>It does not let the connection through without a user name and password, or those that it got are wrong. Put them into the proxy&apos;s address in the settings or in HTTPS_PROXY (http://user:password@proxy:3128), or ask your IT department for a way without.</source>
        <translation>Ohne Benutzername und Passwort lässt er die Verbindung nicht durch, oder die angegebenen sind falsch. Schreiben Sie sie in die Adresse des Proxys in den Einstellungen oder in HTTPS_PROXY (http://benutzer:passwort@proxy:3128), oder fragen Sie Ihre IT-Abteilung nach einem Weg ohne.</translation>
    </message>
    <message>
        <source>The network&apos;s proxy refuses this server</source>
        <translation>Der Proxy des Netzes lehnt diesen Server ab</translation>
    </message>
    <message>
        <source>The proxy does not let connections to this server through. Ask your IT department to allow it.</source>
        <translation>Der Proxy lässt keine Verbindungen zu diesem Server durch. Bitten Sie Ihre IT-Abteilung, es zu erlauben.</translation>
    </message>
    <message>
        <source>What is set as the network&apos;s proxy is none</source>
        <translation>Was als Proxy des Netzes eingestellt ist, ist keiner</translation>
    </message>
    <message>
        <source>Something answers at the proxy&apos;s address, but it is no proxy of the kind that is set. Check the address and its kind (http or socks5) in the system&apos;s settings, or ask your IT department.</source>
        <translation>An der Adresse des Proxys antwortet etwas, aber kein Proxy der eingestellten Art. Prüfen Sie die Adresse und ihre Art (http oder socks5) in den Systemeinstellungen, oder fragen Sie Ihre IT-Abteilung.</translation>
    </message>
    <message>
        <source>The network&apos;s proxy broke the connection off</source>
        <translation>Der Proxy des Netzes hat die Verbindung abgebrochen</translation>
    </message>
    <message>
        <source>It closed the connection before it had answered. Try again later; if it stays so, ask your IT department.</source>
        <translation>Er hat die Verbindung geschlossen, bevor er geantwortet hat. Versuchen Sie es später noch einmal; wenn es so bleibt, fragen Sie Ihre IT-Abteilung.</translation>
    </message>
    <message>
        <source>The server asks for a pause</source>
        <translation>Der Server bittet um eine Pause</translation>
    </message>
    <message>
        <source>Too many logins with wrong tokens have come to the server from your network. Wait a minute, then try again.</source>
        <translation>Aus Ihrem Netz kamen zu viele Anmeldungen mit falschen Token zum Server. Warten Sie eine Minute und versuchen Sie es dann noch einmal.</translation>
    </message>
    <message>
        <source>The same upload is running in another window or on another computer. Wait for it, or stop it there.</source>
        <translation>Derselbe Upload läuft in einem anderen Fenster oder auf einem anderen Computer. Warten Sie darauf oder beenden Sie ihn dort.</translation>
    </message>
    <message>
        <source>The server does not take this upload</source>
        <translation>Der Server nimmt diesen Upload nicht an</translation>
    </message>
    <message>
        <source>The mode, the destination or the profile is not allowed for your user. Choose another one.</source>
        <translation>Modus, Ziel oder Profil sind für Sie nicht erlaubt. Wählen Sie etwas anderes.</translation>
    </message>
    <message>
        <source>This is not the upload that was begun</source>
        <translation>Das ist nicht der Upload, der begonnen wurde</translation>
    </message>
    <message>
        <source>Since then files were added, changed or removed, or the server&apos;s settings have changed. Nothing was sent. To send what is there now, give the upload command again: it makes a new job.</source>
        <translation>Seitdem sind Dateien dazugekommen, geändert oder entfernt worden, oder die Einstellungen des Servers haben sich geändert. Es wurde nichts gesendet. Um zu senden, was jetzt da ist, geben Sie den Upload-Befehl noch einmal: Er macht einen neuen Auftrag.</translation>
    </message>
    <message>
        <source>This upload is under way already</source>
        <translation>Dieser Upload läuft bereits</translation>
    </message>
    <message>
        <source>Another window or command of this program sends it at the moment. Wait for its end, or stop it there. Nothing was sent from here.</source>
        <translation>Ein anderes Fenster oder ein Befehl dieses Programms sendet ihn gerade. Warten Sie auf sein Ende, oder halten Sie ihn dort an. Von hier wurde nichts gesendet.</translation>
    </message>
    <message>
        <source>The disk of this computer is full</source>
        <translation>Die Festplatte dieses Computers ist voll</translation>
    </message>
    <message>
        <source>The upload has paused, since the program can&apos;t write down any more what was sent. Make room on the disk of its data folder, then go on with the upload; what is stored is not sent again.</source>
        <translation>Der Upload pausiert, weil das Programm nicht mehr aufschreiben kann, was gesendet wurde. Schaffen Sie Platz auf der Festplatte seines Datenordners und setzen Sie den Upload dann fort; was gespeichert ist, wird nicht noch einmal gesendet.</translation>
    </message>
    <message>
        <source>The upload journal is from a newer version</source>
        <translation>Das Upload-Journal stammt von einer neueren Version</translation>
    </message>
    <message>
        <source>A newer version of this program was used on this computer. Install it again to go on.</source>
        <translation>Auf diesem Computer wurde eine neuere Version dieses Programms benutzt. Installieren Sie sie wieder, um fortzufahren.</translation>
    </message>
    <message>
        <source>Nothing was sent: it may be another server that pretends to be yours. You have confirmed {expected}, and the server now shows {found}. Ask its administrators whether they have changed it. If so, and if they name the same fingerprint, sign in again by adit-uploader login --server URL --pin FINGERPRINT.</source>
        <translation>Es wurde nichts gesendet: Vielleicht gibt sich ein anderer Server als Ihrer aus. Bestätigt haben Sie {expected}, und der Server zeigt jetzt {found}. Fragen Sie seine Administratoren, ob sie es geändert haben. Wenn ja, und wenn sie denselben Fingerabdruck nennen, melden Sie sich neu an mit adit-uploader login --server URL --pin FINGERABDRUCK.</translation>
    </message>
    <message>
        <source>The server closed the connection before it had answered. Try again later.</source>
        <translation>Der Server hat die Verbindung geschlossen, bevor er geantwortet hat. Versuchen Sie es später erneut.</translation>
    </message>
    <message>
        <source>The server refused the connection. Your user may not upload there, or the server does not expect this program under this address. Ask its administrators.</source>
        <translation>Der Server hat die Verbindung abgelehnt. Ihr Benutzer darf dort nichts hochladen, oder der Server erwartet dieses Programm nicht unter dieser Adresse. Fragen Sie seine Administratoren.</translation>
    </message>
    <message>
        <source>The server does not allow the de-identification profile {profile}. Allowed: {known}.</source>
        <translation>Der Server erlaubt das De-Identifizierungsprofil {profile} nicht. Erlaubt: {known}.</translation>
    </message>
    <message>
        <source>The server&apos;s profile {profile} can&apos;t be used by this version of the program, which understands it otherwise than the server. Install the version that the server&apos;s administrators name, or choose another profile.</source>
        <translation>Diese Version des Programms kann das Profil {profile} des Servers nicht verwenden, weil sie es anders versteht als der Server. Installieren Sie die Version, die die Administratoren des Servers nennen, oder wählen Sie ein anderes Profil.</translation>
    </message>
    <message>
        <source>The upload can&apos;t go on</source>
        <translation>Der Upload kann nicht fortgesetzt werden</translation>
    </message>
    <message>
        <source>The program&apos;s worker processes end again and again. Restart the computer and try again.</source>
        <translation>Die Arbeitsprozesse des Programms brechen immer wieder ab. Starten Sie den Computer neu und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>The end of the upload could not be written down</source>
        <translation>Das Ende des Uploads konnte nicht aufgeschrieben werden</translation>
    </message>
    <message>
        <source>The upload has come to its end at the server, but the program&apos;s journal on this computer could not be written: there the upload still counts as open. Check the free space and the rights of the program&apos;s data folder, then give the same upload again; it sends nothing twice and closes it.</source>
        <translation>Der Upload ist auf dem Server zu seinem Ende gekommen, aber das Journal des Programms auf diesem Computer konnte nicht geschrieben werden: Dort gilt der Upload noch als offen. Prüfen Sie den freien Platz und die Rechte des Datenordners des Programms und geben Sie denselben Upload noch einmal; er sendet nichts doppelt und wird dann geschlossen.</translation>
    </message>
    <message>
        <source>The network&apos;s proxy can&apos;t reach the server. Check the server&apos;s address, or try again later.</source>
        <translation>Der Proxy des Netzes erreicht den Server nicht. Prüfen Sie die Adresse des Servers, oder versuchen Sie es später noch einmal.</translation>
    </message>
    <message>
        <source>The network&apos;s proxy did not answer in time. Try again later.</source>
        <translation>Der Proxy des Netzes hat nicht rechtzeitig geantwortet. Versuchen Sie es später noch einmal.</translation>
    </message>
    <message>
        <source>The server does not answer with a secure connection. Check the port, and whether the address really begins with https://.</source>
        <translation>Der Server antwortet nicht mit einer gesicherten Verbindung. Prüfen Sie den Port, und ob die Adresse wirklich mit https:// beginnt.</translation>
    </message>
    <message>
        <source>The server did not answer with a secure connection in time. Check the port, and whether the address really begins with https://. Otherwise try again later.</source>
        <translation>Der Server hat nicht rechtzeitig mit einer gesicherten Verbindung geantwortet. Prüfen Sie den Port, und ob die Adresse wirklich mit https:// beginnt. Sonst versuchen Sie es später noch einmal.</translation>
    </message>
    <message>
        <source>The server has ended this upload meanwhile. Give the upload command again to send it as a new one.</source>
        <translation>Der Server hat diesen Upload inzwischen beendet. Geben Sie den Upload-Befehl noch einmal, um ihn als neuen zu senden.</translation>
    </message>
    <message>
        <source>The server could not be told</source>
        <translation>Der Server war nicht zu erreichen</translation>
    </message>
    <message>
        <source>The upload was stopped here, but the server did not answer. What it has already stored may still be delivered; cancel the job on the server&apos;s page.</source>
        <translation>Der Upload wurde hier angehalten, aber der Server antwortete nicht. Was er schon gespeichert hat, wird vielleicht noch zugestellt; brechen Sie den Auftrag auf der Seite des Servers ab.</translation>
    </message>
    <message>
        <source>There is nothing to send</source>
        <translation>Es gibt nichts zu senden</translation>
    </message>
    <message>
        <source>The server closed the connection before it had answered. If it is secured, the address must begin with https://. Otherwise try again later.</source>
        <translation>Der Server hat die Verbindung geschlossen, bevor er geantwortet hat. Wenn er gesichert ist, muss die Adresse mit https:// beginnen. Sonst versuchen Sie es später noch einmal.</translation>
    </message>
    <message>
        <source>Something answers at this address, but it does not take uploads. If the server is secured, the address must begin with https://. Otherwise the upload service may not be installed there.</source>
        <translation>An dieser Adresse antwortet etwas, nimmt aber keine Uploads an. Wenn der Server gesichert ist, muss die Adresse mit https:// beginnen. Sonst ist der Upload-Dienst dort vielleicht nicht installiert.</translation>
    </message>
    <message>
        <source>Nothing of what was found can be sent. The reasons are listed.</source>
        <translation>Nichts von dem Gefundenen kann gesendet werden. Die Gründe sind aufgeführt.</translation>
    </message>
    <message>
        <source>The upload journal can&apos;t be used</source>
        <translation>Das Upload-Journal ist nicht verwendbar</translation>
    </message>
    <message>
        <source>Check the free space and the rights of the program&apos;s data folder, then try again.</source>
        <translation>Prüfen Sie den freien Platz und die Rechte des Datenordners und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>The key list could not be written</source>
        <translation>Die Schlüsselliste konnte nicht geschrieben werden</translation>
    </message>
    <message>
        <source>Nothing was sent. Check the free space and the rights of the program&apos;s data folder.</source>
        <translation>Es wurde nichts gesendet. Prüfen Sie den freien Platz und die Rechte des Datenordners.</translation>
    </message>
    <message>
        <source>No permission</source>
        <translation>Keine Berechtigung</translation>
    </message>
    <message>
        <source>Your user may not do this on the server. Ask its administrators for the permission.</source>
        <translation>Sie dürfen das auf dem Server nicht. Bitten Sie seine Administratoren um die Berechtigung.</translation>
    </message>
    <message>
        <source>This is not an upload server</source>
        <translation>Das ist kein Upload-Server</translation>
    </message>
    <message>
        <source>Something answers at this address, but it does not take uploads. Check the address; the upload service may not be installed on this server.</source>
        <translation>Unter dieser Adresse antwortet etwas, das keine Uploads annimmt. Prüfen Sie die Adresse; vielleicht ist der Upload-Dienst auf diesem Server nicht installiert.</translation>
    </message>
    <message>
        <source>The output folder can&apos;t be written</source>
        <translation>Der Zielordner ist nicht beschreibbar</translation>
    </message>
    <message>
        <source>Check that the folder exists, that you may write there, and that there is enough space.</source>
        <translation>Prüfen Sie, ob der Ordner existiert, ob Sie dort schreiben dürfen und ob genug Platz ist.</translation>
    </message>
    <message>
        <source>The connection would not be encrypted</source>
        <translation>Die Verbindung wäre unverschlüsselt</translation>
    </message>
    <message>
        <source>Nothing is sent unencrypted to another computer. Use an address that begins with https://.</source>
        <translation>An einen anderen Computer wird nichts unverschlüsselt gesendet. Verwenden Sie eine Adresse, die mit https:// beginnt.</translation>
    </message>
    <message>
        <source>The plan does not fit the server any more</source>
        <translation>Der Plan passt nicht mehr zum Server</translation>
    </message>
    <message>
        <source>Sign in again and check the upload once more. Nothing was sent.</source>
        <translation>Melden Sie sich erneut an und prüfen Sie den Upload noch einmal. Es wurde nichts gesendet.</translation>
    </message>
    <message>
        <source>The server has a fault</source>
        <translation>Der Server hat einen Fehler</translation>
    </message>
    <message>
        <source>The server could not go on. Try again later; if it stays so, tell its administrators.</source>
        <translation>Der Server konnte nicht weitermachen. Versuchen Sie es später erneut; bleibt es so, sagen Sie es seinen Administratoren.</translation>
    </message>
    <message>
        <source>The server has no space left</source>
        <translation>Der Server hat keinen Platz mehr</translation>
    </message>
    <message>
        <source>The server can&apos;t take more at the moment. Tell its administrators; the upload can be continued later.</source>
        <translation>Der Server kann zurzeit nichts mehr aufnehmen. Sagen Sie es seinen Administratoren; der Upload kann später fortgesetzt werden.</translation>
    </message>
    <message>
        <source>The server is locked</source>
        <translation>Der Server ist gesperrt</translation>
    </message>
    <message>
        <source>Uploads are switched off at the moment, or the server is under maintenance. Try again later.</source>
        <translation>Uploads sind zurzeit abgeschaltet, oder der Server wird gewartet. Versuchen Sie es später erneut.</translation>
    </message>
    <message>
        <source>Program and server do not understand each other</source>
        <translation>Programm und Server verstehen einander nicht</translation>
    </message>
    <message>
        <source>Something was said that is not part of the protocol. Check whether the program fits the server&apos;s version.</source>
        <translation>Etwas entsprach nicht dem Protokoll. Prüfen Sie, ob das Programm zur Version des Servers passt.</translation>
    </message>
    <message>
        <source>The server was not found</source>
        <translation>Der Server wurde nicht gefunden</translation>
    </message>
    <message>
        <source>No computer of this name is known. Check the address, and whether you are in the right network.</source>
        <translation>Kein Computer dieses Namens ist bekannt. Prüfen Sie die Adresse und ob Sie im richtigen Netz sind.</translation>
    </message>
    <message>
        <source>The server does not answer</source>
        <translation>Der Server antwortet nicht</translation>
    </message>
    <message>
        <source>Nothing answers at this address. The server may be switched off, or a firewall is in between. Check the address and the port, or try again later.</source>
        <translation>Unter dieser Adresse antwortet nichts. Vielleicht ist der Server ausgeschaltet oder eine Firewall liegt dazwischen. Prüfen Sie Adresse und Port oder versuchen Sie es später erneut.</translation>
    </message>
    <message>
        <source>Too large for the server</source>
        <translation>Zu groß für den Server</translation>
    </message>
    <message>
        <source>Something was larger than the server takes. Ask its administrators for its limits.</source>
        <translation>Etwas war größer, als der Server annimmt. Fragen Sie seine Administratoren nach den Grenzen.</translation>
    </message>
    <message>
        <source>The upload failed</source>
        <translation>Der Upload ist fehlgeschlagen</translation>
    </message>
    <message>
        <source>Try again. What was already stored is not sent again.</source>
        <translation>Versuchen Sie es erneut. Was schon gespeichert ist, wird nicht noch einmal gesendet.</translation>
    </message>
    <message>
        <source>Program and server do not fit together</source>
        <translation>Programm und Server passen nicht zusammen</translation>
    </message>
    <message>
        <source>This program is too old or too new for the server. Install the version that belongs to it.</source>
        <translation>Dieses Programm ist zu alt oder zu neu für den Server. Installieren Sie die passende Version.</translation>
    </message>
    <message>
        <source>The token was not accepted</source>
        <translation>Das Token wurde nicht angenommen</translation>
    </message>
    <message>
        <source>The server does not know this token, or it has expired or was revoked. Make a new token on the server and sign in again.</source>
        <translation>Der Server kennt dieses Token nicht, oder es ist abgelaufen oder widerrufen. Erstellen Sie auf dem Server ein neues und melden Sie sich erneut an.</translation>
    </message>
</context>
<context>
    <name>Formats</name>
    <message>
        <source>{size} per second</source>
        <translation>{size} pro Sekunde</translation>
    </message>
</context>
<context>
    <name>GuideWindow</name>
    <message>
        <source>&amp;Back</source>
        <translation>&amp;Zurück</translation>
    </message>
    <message>
        <source>Pages of the guide</source>
        <translation>Seiten der Anleitung</translation>
    </message>
    <message>
        <source>Guide</source>
        <translation>Anleitung</translation>
    </message>
</context>
<context>
    <name>HeldReview</name>
    <message>
        <source>Held back series {place} of {count}</source>
        <translation>Zurückgehaltene Serie {place} von {count}</translation>
    </message>
    <message>
        <source>Area {number}: {width} × {height} at {x}, {y}</source>
        <translation>Bereich {number}: {width} × {height} bei {x}, {y}</translation>
    </message>
    <message>
        <source>Picture</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>Arrow keys move the chosen area, with Shift they change its size, with Ctrl in larger steps; Delete removes it.</source>
        <translation>Pfeiltasten verschieben den gewählten Bereich, mit Umschalt ändern sie seine Größe, mit Strg in größeren Schritten; Entf entfernt ihn.</translation>
    </message>
    <message>
        <source>&amp;Image</source>
        <translation>&amp;Bild</translation>
    </message>
    <message>
        <source>&amp;Frame</source>
        <translation>E&amp;inzelbild</translation>
    </message>
    <message>
        <source>What is to be done with this series?</source>
        <translation>Was soll mit dieser Serie geschehen?</translation>
    </message>
    <message>
        <source>&amp;Leave it out</source>
        <translation>Nicht &amp;senden</translation>
    </message>
    <message>
        <source>&amp;Blank the marked areas and send it</source>
        <translation>Markierte Bereiche s&amp;chwärzen und senden</translation>
    </message>
    <message>
        <source>&amp;Send it as it is</source>
        <translation>Senden, &amp;wie sie ist</translation>
    </message>
    <message>
        <source>Areas to be blan&amp;ked in all its images</source>
        <translation>&amp;Zu schwärzende Bereiche in all ihren Bildern</translation>
    </message>
    <message>
        <source>Draw with the mouse, or add an area and move it with the arrow keys; Shift changes its size, Ctrl makes larger steps.</source>
        <translation>Zeichnen Sie mit der Maus, oder fügen Sie einen Bereich hinzu und verschieben Sie ihn mit den Pfeiltasten; Umschalt ändert seine Größe, Strg macht größere Schritte.</translation>
    </message>
    <message>
        <source>&amp;Add area</source>
        <translation>Bereich &amp;hinzufügen</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>&amp;Entfernen</translation>
    </message>
    <message>
        <source>&amp;Previous series</source>
        <translation>&amp;Vorige Serie</translation>
    </message>
    <message>
        <source>&amp;Next series</source>
        <translation>&amp;Nächste Serie</translation>
    </message>
    <message>
        <source>&amp;Done</source>
        <translation>&amp;Fertig</translation>
    </message>
</context>
<context>
    <name>HeldSeries</name>
    <message>
        <source>left out</source>
        <translation>bleibt hier</translation>
    </message>
    <message>
        <source>sent as it is</source>
        <translation>wird so gesendet</translation>
    </message>
    <message>
        <source>blanked and sent, but for {images} of another size or kind</source>
        <translation>geschwärzt gesendet, außer {images} anderer Größe oder Art</translation>
    </message>
    <message>
        <source>blanked and sent</source>
        <translation>geschwärzt gesendet</translation>
    </message>
</context>
<context>
    <name>HeldSeriesTable</name>
    <message>
        <source>Series</source>
        <translation>Serie</translation>
    </message>
    <message>
        <source>Why it is held back</source>
        <translation>Warum sie zurückgehalten wird</translation>
    </message>
    <message>
        <source>What happens</source>
        <translation>Was geschieht</translation>
    </message>
</context>
<context>
    <name>InventoryTree</name>
    <message>
        <source>Patient, study, series</source>
        <translation>Patient, Studie, Serie</translation>
    </message>
    <message>
        <source>Becomes</source>
        <translation>Wird zu</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Sending</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>ausgelassen</translation>
    </message>
    <message>
        <source>left out in part</source>
        <translation>teilweise ausgelassen</translation>
    </message>
    <message>
        <source>no value</source>
        <translation>kein Wert</translation>
    </message>
    <message>
        <source>partly</source>
        <translation>teilweise</translation>
    </message>
    <message>
        <source>will be sent</source>
        <translation>wird gesendet</translation>
    </message>
    <message>
        <source>not selected</source>
        <translation>nicht gewählt</translation>
    </message>
    <message>
        <source>held back</source>
        <translation>zurückgehalten</translation>
    </message>
    <message>
        <source>not sent</source>
        <translation>nicht gesendet</translation>
    </message>
</context>
<context>
    <name>Jobs</name>
    <message>
        <source>An upload of {when} did not come to its end</source>
        <translation>Ein Upload vom {when} kam nicht zu Ende</translation>
    </message>
    <message>
        <source>{left} of {images} are still to be sent from {folder} to {destination}.</source>
        <translation>{images}, davon sind {left} noch zu senden, aus {folder} an {destination}.</translation>
    </message>
    <message>
        <source>It belongs to {server}: sign in there to go on with it.</source>
        <translation>Er gehört zu {server}: Melden Sie sich dort an, um ihn fortzusetzen.</translation>
    </message>
    <message>
        <source>It was made on the command line: adit-uploader jobs resume goes on with it.</source>
        <translation>Er stammt von der Befehlszeile: adit-uploader jobs resume setzt ihn fort.</translation>
    </message>
    <message>
        <source>Sign in to go on with it.</source>
        <translation>Melden Sie sich an, um ihn fortzusetzen.</translation>
    </message>
    <message>
        <source>The files are looked at …</source>
        <translation>Die Dateien werden durchgesehen …</translation>
    </message>
    <message>
        <source>It is being sent, here or in another window.</source>
        <translation>Er wird gerade gesendet, hier oder in einem anderen Fenster.</translation>
    </message>
    <message>
        <source>being sent</source>
        <translation>wird gesendet</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>in progress</source>
        <translation>in Arbeit</translation>
    </message>
    <message>
        <source>being canceled</source>
        <translation>wird abgebrochen</translation>
    </message>
    <message>
        <source>canceled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>delivered</source>
        <translation>zugestellt</translation>
    </message>
    <message>
        <source>with warnings</source>
        <translation>mit Warnungen</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>not finished</source>
        <translation>nicht beendet</translation>
    </message>
    <message>
        <source>sent</source>
        <translation>gesendet</translation>
    </message>
    <message>
        <source>here</source>
        <translation>hier</translation>
    </message>
    <message>
        <source>at the server</source>
        <translation>am Server</translation>
    </message>
    <message>
        <source>here, server</source>
        <translation>hier, Server</translation>
    </message>
    <message>
        <source>saved</source>
        <translation>gespeichert</translation>
    </message>
    <message>
        <source>NOT saved</source>
        <translation>NICHT gespeichert</translation>
    </message>
    <message>
        <source>Only the uploads of this computer are shown.</source>
        <translation>Gezeigt werden nur die Uploads dieses Computers.</translation>
    </message>
    <message>
        <source>You are not signed in.</source>
        <translation>Sie sind nicht angemeldet.</translation>
    </message>
    <message>
        <source>There are no uploads yet.</source>
        <translation>Es gibt noch keine Uploads.</translation>
    </message>
    <message>
        <source>The server is being asked …</source>
        <translation>Der Server wird gefragt …</translation>
    </message>
    <message>
        <source>This computer&apos;s uploads and the server&apos;s, as they are now.</source>
        <translation>Die Uploads dieses Computers und die des Servers, wie sie jetzt sind.</translation>
    </message>
    <message>
        <source>This computer&apos;s uploads and the server&apos;s. Nothing is under way.</source>
        <translation>Die Uploads dieses Computers und die des Servers. Nichts ist unterwegs.</translation>
    </message>
    <message>
        <source>Without it nobody can say who is who. Choose the upload, then save its list.</source>
        <translation>Ohne sie kann niemand sagen, wer wer ist. Wählen Sie den Upload, dann speichern Sie seine Liste.</translation>
    </message>
    <message>
        <source>{mode}, to {destination} at {server}</source>
        <translation>{mode}, nach {destination} auf {server}</translation>
    </message>
</context>
<context>
    <name>JobsPage</name>
    <message>
        <source>Uploads</source>
        <translation>Alle Uploads</translation>
    </message>
    <message>
        <source>&amp;Look again</source>
        <translation>Ne&amp;u nachsehen</translation>
    </message>
    <message>
        <source>G&amp;o on with it</source>
        <translation>&amp;Weiter damit</translation>
    </message>
    <message>
        <source>Send &amp;again what failed</source>
        <translation>&amp;Fehlgeschlagenes neu senden</translation>
    </message>
    <message>
        <source>&amp;Cancel at the server …</source>
        <translation>Am Server a&amp;bbrechen …</translation>
    </message>
    <message>
        <source>Delete local traces …</source>
        <translation>Lokale Spuren löschen …</translation>
    </message>
    <message>
        <source>Sa&amp;ve key list …</source>
        <translation>Sc&amp;hlüsselliste speichern …</translation>
    </message>
    <message>
        <source>Save &amp;receipt …</source>
        <translation>Beleg spei&amp;chern …</translation>
    </message>
    <message>
        <source>Studies of the chosen upload</source>
        <translation>Studien des gewählten Uploads</translation>
    </message>
    <message>
        <source>Patients of the chosen upload</source>
        <translation>Patienten des gewählten Uploads</translation>
    </message>
    <message>
        <source>Studies ({count})</source>
        <translation>Studien ({count})</translation>
    </message>
    <message>
        <source>Patients ({count})</source>
        <translation>Patienten ({count})</translation>
    </message>
    <message>
        <source>Begun</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>Known</source>
        <translation>Bekannt</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Stand</translation>
    </message>
    <message>
        <source>Destination</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Delivered</source>
        <translation>Zugestellt</translation>
    </message>
    <message>
        <source>Key list</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Pseudonym</source>
        <translation>Pseudonym</translation>
    </message>
    <message>
        <source>Attempts</source>
        <translation>Versuche</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Meldung</translation>
    </message>
    <message>
        <source>PatientID</source>
        <translation>PatientID</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Gesendet</translation>
    </message>
    <message>
        <source>Studies</source>
        <translation>Studien</translation>
    </message>
</context>
<context>
    <name>LineAdvice</name>
    <message>
        <source>Nothing was sent, because anybody could have made it. Ask the server&apos;s administrators for the certificate&apos;s SHA-256 fingerprint, then sign in again: the fingerprint is shown, and you are asked whether it is the same.</source>
        <translation>Es wurde nichts gesendet, denn jeder könnte es gemacht haben. Fragen Sie die Administratoren des Servers nach dem SHA-256-Fingerabdruck des Zertifikats und melden Sie sich neu an: Der Fingerabdruck wird gezeigt, und Sie werden gefragt, ob er derselbe ist.</translation>
    </message>
    <message>
        <source>Nothing was sent, because this computer does not know who signed it. If your hospital has an authority of its own, choose its certificate under Connection settings, or ask your IT department to install it.</source>
        <translation>Es wurde nichts gesendet, denn dieser Computer kennt den Aussteller nicht. Wenn Ihre Klinik eine eigene Zertifizierungsstelle hat, wählen Sie deren Zertifikat in den Verbindungseinstellungen, oder bitten Sie Ihre IT-Abteilung, es zu installieren.</translation>
    </message>
    <message>
        <source>Nothing was sent: it may be another server that pretends to be yours. You have confirmed {expected}, and the server now shows {found}. Ask its administrators whether they have changed it. If so, and if they name the same fingerprint, forget the confirmed certificates under Connection settings, and sign in again.</source>
        <translation>Es wurde nichts gesendet: Vielleicht gibt sich ein anderer Server als Ihrer aus. Bestätigt haben Sie {expected}, und der Server zeigt jetzt {found}. Fragen Sie seine Administratoren, ob sie es geändert haben. Wenn ja, und wenn sie denselben Fingerabdruck nennen, vergessen Sie die bestätigten Zertifikate in den Verbindungseinstellungen und melden Sie sich neu an.</translation>
    </message>
    <message>
        <source>Choose it again under Connection settings; it must hold certificates in PEM form.</source>
        <translation>Wählen Sie sie in den Verbindungseinstellungen neu; sie muss Zertifikate im PEM-Format enthalten.</translation>
    </message>
    <message>
        <source>Its address must look like http://proxy.example.org:3128 or socks5h://proxy.example.org:1080. It is set under Connection settings, or comes from the system or its environment (HTTPS_PROXY).</source>
        <translation>Seine Adresse muss so aussehen: http://proxy.example.org:3128 oder socks5h://proxy.example.org:1080. Sie steht in den Verbindungseinstellungen oder kommt vom System oder aus seiner Umgebung (HTTPS_PROXY).</translation>
    </message>
    <message>
        <source>The way to the server leads over a proxy, where nothing answers. Check whether you are in the right network, and the proxy under Connection settings; &quot;No proxy&quot; there goes without it.</source>
        <translation>Der Weg zum Server führt über einen Proxy, und dort antwortet nichts. Prüfen Sie, ob Sie im richtigen Netz sind, und den Proxy in den Verbindungseinstellungen; mit „Kein Proxy“ geht es dort ohne ihn.</translation>
    </message>
</context>
<context>
    <name>LineDialog</name>
    <message>
        <source>Connection settings</source>
        <translation>Verbindungseinstellungen</translation>
    </message>
    <message>
        <source>&amp;Proxy</source>
        <translation>&amp;Proxy</translation>
    </message>
    <message>
        <source>As the system says</source>
        <translation>Wie im System eingestellt</translation>
    </message>
    <message>
        <source>No proxy</source>
        <translation>Kein Proxy</translation>
    </message>
    <message>
        <source>This one:</source>
        <translation>Dieser:</translation>
    </message>
    <message>
        <source>Address of the proxy</source>
        <translation>Adresse des Proxys</translation>
    </message>
    <message>
        <source>Certificates of your &amp;own authorities</source>
        <translation>Zertifikate &amp;eigener Zertifizierungsstellen</translation>
    </message>
    <message>
        <source>None but those of the system</source>
        <translation>Nur die des Systems</translation>
    </message>
    <message>
        <source>C&amp;hoose …</source>
        <translation>&amp;Wählen …</translation>
    </message>
    <message>
        <source>Send at &amp;most</source>
        <translation>&amp;Höchstens senden mit</translation>
    </message>
    <message>
        <source>No limit</source>
        <translation>Keine Grenze</translation>
    </message>
    <message>
        <source>Mbit/s</source>
        <translation>Mbit/s</translation>
    </message>
    <message>
        <source>&amp;Compress on the way</source>
        <translation>Unterwegs &amp;komprimieren</translation>
    </message>
    <message>
        <source>On slow lines</source>
        <translation>Auf langsamen Leitungen</translation>
    </message>
    <message>
        <source>Always</source>
        <translation>Immer</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>Nie</translation>
    </message>
    <message>
        <source>&amp;Forget these certificates</source>
        <translation>Diese Zertifikate &amp;vergessen</translation>
    </message>
    <message>
        <source>C&amp;ancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>Set by your IT department.</source>
        <translation>Von Ihrer IT-Abteilung festgelegt.</translation>
    </message>
    <message>
        <source>With a password: http://user:password@proxy:3128. It can be read in your settings file.</source>
        <translation>Mit Passwort: http://benutzer:passwort@proxy:3128. Es ist in Ihrer Einstellungsdatei lesbar.</translation>
    </message>
    <message>
        <source>A PEM file, if your hospital has an authority of its own that this computer does not know.</source>
        <translation>Eine PEM-Datei, falls Ihre Klinik eine eigene Zertifizierungsstelle hat, die dieser Computer nicht kennt.</translation>
    </message>
    <message>
        <source>All uploads together. Empty: as fast as the line is.</source>
        <translation>Alle Uploads zusammen. Leer: so schnell, wie die Leitung ist.</translation>
    </message>
    <message>
        <source>Checking …</source>
        <translation>Wird geprüft …</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>This is not a speed</source>
        <translation>Das ist keine Geschwindigkeit</translation>
    </message>
    <message>
        <source>Type megabits a second, such as 50, or nothing for no limit.</source>
        <translation>Geben Sie Megabit pro Sekunde ein, zum Beispiel 50, oder nichts, wenn es keine Grenze geben soll.</translation>
    </message>
    <message>
        <source>The proxy&apos;s address is missing</source>
        <translation>Die Adresse des Proxys fehlt</translation>
    </message>
    <message>
        <source>Type an address such as http://proxy.example.org:3128, or choose another line of the list.</source>
        <translation>Geben Sie eine Adresse wie http://proxy.example.org:3128 ein, oder wählen Sie eine andere Zeile der Liste.</translation>
    </message>
    <message>
        <source>Choose the certificates</source>
        <translation>Zertifikate wählen</translation>
    </message>
    <message>
        <source>Certificates (*.pem *.crt *.cer)</source>
        <translation>Zertifikate (*.pem *.crt *.cer)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Add a folder</source>
        <translation>Ordner hinzufügen</translation>
    </message>
    <message>
        <source>Add files</source>
        <translation>Dateien hinzufügen</translation>
    </message>
    <message>
        <source>Add a zip archive</source>
        <translation>ZIP-Archiv hinzufügen</translation>
    </message>
    <message>
        <source>Zip archives (*.zip)</source>
        <translation>ZIP-Archive (*.zip)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Choose the batch file</source>
        <translation>Batch-Datei auswählen</translation>
    </message>
    <message>
        <source>CSV and Excel (*.csv *.txt *.tsv *.xlsx)</source>
        <translation>CSV und Excel (*.csv *.txt *.tsv *.xlsx)</translation>
    </message>
    <message>
        <source>Load the department&apos;s key</source>
        <translation>Schlüssel der Abteilung laden</translation>
    </message>
    <message>
        <source>Save a copy of the department&apos;s key</source>
        <translation>Kopie des Abteilungsschlüssels speichern</translation>
    </message>
    <message>
        <source>CSV (*.csv)</source>
        <translation>CSV (*.csv)</translation>
    </message>
    <message>
        <source>Excel (*.xlsx)</source>
        <translation>Excel (*.xlsx)</translation>
    </message>
    <message>
        <source>Save the key list</source>
        <translation>Schlüsselliste speichern</translation>
    </message>
    <message>
        <source>Page to read and print (*.html)</source>
        <translation>Seite zum Lesen und Drucken (*.html)</translation>
    </message>
    <message>
        <source>PDF (*.pdf)</source>
        <translation>PDF (*.pdf)</translation>
    </message>
    <message>
        <source>Receipt for programs (*.json)</source>
        <translation>Beleg für Programme (*.json)</translation>
    </message>
    <message>
        <source>Save the receipt</source>
        <translation>Beleg speichern</translation>
    </message>
    <message>
        <source>Save diagnostic information (no patient data)</source>
        <translation>Diagnosedaten speichern (ohne Patientendaten)</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Uploads</source>
        <translation>Alle Uploads</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>Lan&amp;guage</source>
        <translation>S&amp;prache</translation>
    </message>
    <message>
        <source>Help</source>
        <translation>Hilfe</translation>
    </message>
    <message>
        <source>&amp;Guide</source>
        <translation>&amp;Anleitung</translation>
    </message>
    <message>
        <source>Save &amp;diagnostic information …</source>
        <translation>&amp;Diagnosedaten speichern …</translation>
    </message>
    <message>
        <source>Add f&amp;older …</source>
        <translation>&amp;Ordner hinzufügen …</translation>
    </message>
    <message>
        <source>Add fi&amp;les …</source>
        <translation>Da&amp;teien hinzufügen …</translation>
    </message>
    <message>
        <source>Add &amp;zip archive …</source>
        <translation>&amp;ZIP-Archiv hinzufügen …</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Receive from workstations …</source>
        <translation>Von Workstations &amp;empfangen …</translation>
    </message>
    <message>
        <source>&amp;Connection settings …</source>
        <translation>&amp;Verbindungseinstellungen …</translation>
    </message>
    <message>
        <source>Language of the &amp;system</source>
        <translation>Sprache des &amp;Systems</translation>
    </message>
</context>
<context>
    <name>ModePanel</name>
    <message>
        <source>&amp;Pseudonyms</source>
        <translation>Pseudon&amp;yme</translation>
    </message>
    <message>
        <source>Choose …</source>
        <translation>Auswählen …</translation>
    </message>
    <message>
        <source>With the department&apos;s secret &amp;key</source>
        <translation>Mit dem &amp;geheimen Abteilungsschlüssel</translation>
    </message>
    <message>
        <source>Without the key nobody can find out by trying which PatientID a pseudonym stands for.</source>
        <translation>Ohne den Schlüssel kann niemand durch Probieren herausfinden, für welche PatientID ein Pseudonym steht.</translation>
    </message>
    <message>
        <source>&amp;Make a key</source>
        <translation>Schlüssel &amp;erzeugen</translation>
    </message>
    <message>
        <source>Save a cop&amp;y …</source>
        <translation>&amp;Kopie speichern …</translation>
    </message>
    <message>
        <source>Choose &amp;batch file …</source>
        <translation>&amp;Batch-Datei wählen …</translation>
    </message>
    <message>
        <source>Pseudonym of this patie&amp;nt</source>
        <translation>Pseudonym dieses P&amp;atienten</translation>
    </message>
    <message>
        <source>Department: {name}</source>
        <translation>Abteilung: {name}</translation>
    </message>
    <message>
        <source>Loa&amp;d from file …</source>
        <translation>Aus Datei lade&amp;n …</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>This computer has no key of your department yet.</source>
        <translation>Dieser Computer hat noch keinen Schlüssel Ihrer Abteilung.</translation>
    </message>
    <message>
        <source>The key is ready.</source>
        <translation>Der Schlüssel ist bereit.</translation>
    </message>
    <message>
        <source>No keyring here: a key is kept for this session only. Save a copy.</source>
        <translation>Kein Schlüsselbund: Ein Schlüssel gilt nur für diese Sitzung. Speichern Sie eine Kopie.</translation>
    </message>
    <message>
        <source>No file chosen.</source>
        <translation>Keine Datei gewählt.</translation>
    </message>
    <message>
        <source>Real names will be sent</source>
        <translation>Echte Namen werden gesendet</translation>
    </message>
    <message>
        <source>Names, birth dates and IDs are sent as they are. You confirm it once more before sending.</source>
        <translation>Namen, Geburtsdaten und IDs werden unverändert gesendet. Vor dem Senden bestätigen Sie es noch einmal.</translation>
    </message>
</context>
<context>
    <name>Modes</name>
    <message>
        <source>Internal pseudonyms</source>
        <translation>Interne Pseudonyme</translation>
    </message>
    <message>
        <source>Pseudonyms from a batch file</source>
        <translation>Pseudonyme aus Batch-Datei</translation>
    </message>
    <message>
        <source>One fixed pseudonym</source>
        <translation>Ein festes Pseudonym</translation>
    </message>
    <message>
        <source>None: real names</source>
        <translation>Keine: echte Namen</translation>
    </message>
    <message>
        <source>Computed from your department and the PatientID: the same patient always gets the same pseudonym.</source>
        <translation>Berechnet aus Ihrer Abteilung und der PatientID: Derselbe Patient bekommt immer dasselbe Pseudonym.</translation>
    </message>
    <message>
        <source>From your list (CSV or Excel) with the columns PatientID and Pseudonym.</source>
        <translation>Aus Ihrer Liste (CSV oder Excel) mit den Spalten PatientID und Pseudonym.</translation>
    </message>
    <message>
        <source>You type it. Only for the files of a single patient.</source>
        <translation>Sie geben es ein. Nur für Dateien eines einzigen Patienten.</translation>
    </message>
    <message>
        <source>Names, birth dates and IDs are sent as they are.</source>
        <translation>Namen, Geburtsdaten und IDs werden unverändert gesendet.</translation>
    </message>
    <message>
        <source>not permitted for you</source>
        <translation>für Sie nicht erlaubt</translation>
    </message>
    <message>
        <source>not allowed by your IT department</source>
        <translation>von Ihrer IT-Abteilung nicht erlaubt</translation>
    </message>
    <message>
        <source>the server has no department for you</source>
        <translation>der Server kennt Ihre Abteilung nicht</translation>
    </message>
</context>
<context>
    <name>Position</name>
    <message>
        <source>{place} of {count}</source>
        <translation>{place} von {count}</translation>
    </message>
</context>
<context>
    <name>ProfileBox</name>
    <message>
        <source>De-&amp;identification</source>
        <translation>De-Identifizierung</translation>
    </message>
    <message>
        <source>Choose …</source>
        <translation>Auswählen …</translation>
    </message>
    <message>
        <source>Set by your IT department.</source>
        <translation>Von Ihrer IT-Abteilung festgelegt.</translation>
    </message>
</context>
<context>
    <name>Profiles</name>
    <message>
        <source>{name}, version {version}</source>
        <translation>{name}, Version {version}</translation>
    </message>
    <message>
        <source>Basic: everything that may identify goes</source>
        <translation>Basic: alles Identifizierende entfällt</translation>
    </message>
    <message>
        <source>Research: dates moved</source>
        <translation>Forschung: Datum verschoben</translation>
    </message>
    <message>
        <source>Research with real dates</source>
        <translation>Forschung mit echten Daten</translation>
    </message>
    <message>
        <source>{summary} (hash {hash})</source>
        <translation>{summary} (Prüfsumme {hash})</translation>
    </message>
    <message>
        <source>The standard&apos;s Basic Profile: dates and descriptions go too.</source>
        <translation>Das Basic Profile des Standards: auch Datumsangaben und Beschreibungen entfallen.</translation>
    </message>
    <message>
        <source>Sex, size, device and cleaned descriptions stay; all dates move by one number of days.</source>
        <translation>Geschlecht, Größe, Gerät und bereinigte Beschreibungen bleiben; alle Datumsangaben werden um gleich viele Tage verschoben.</translation>
    </message>
    <message>
        <source>As Research, but dates stay as they are.</source>
        <translation>Wie Forschung, aber Datumsangaben bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>This profile keeps identifiers: {names} and {count} more.</source>
        <translation>Dieses Profil behält Identifizierendes: {names} und {count} weitere.</translation>
    </message>
    <message>
        <source>This profile keeps identifiers: {names}.</source>
        <translation>Dieses Profil behält Identifizierendes: {names}.</translation>
    </message>
    <message>
        <source>Not usable by this version of the program: {names}.</source>
        <translation>Mit dieser Programmversion nicht verwendbar: {names}.</translation>
    </message>
</context>
<context>
    <name>ProgressView</name>
    <message>
        <source>&amp;Cancel upload …</source>
        <translation>&amp;Upload abbrechen …</translation>
    </message>
    <message>
        <source>Progress of the upload</source>
        <translation>Fortschritt des Uploads</translation>
    </message>
    <message>
        <source>Studies on their way</source>
        <translation>Studien auf dem Weg</translation>
    </message>
    <message>
        <source>Patients and series</source>
        <translation>Patienten und Serien</translation>
    </message>
    <message>
        <source>What failed, and why</source>
        <translation>Was fehlgeschlagen ist, und warum</translation>
    </message>
    <message>
        <source>Go o&amp;n</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>Pa&amp;use</source>
        <translation>A&amp;nhalten</translation>
    </message>
    <message>
        <source>{done} of {all}</source>
        <translation>{done} von {all}</translation>
    </message>
    <message>
        <source>sent</source>
        <translation>gesendet</translation>
    </message>
    <message>
        <source>stored</source>
        <translation>gespeichert</translation>
    </message>
    <message>
        <source>delivered</source>
        <translation>zugestellt</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>abgelehnt</translation>
    </message>
    <message>
        <source>At the server ({count})</source>
        <translation>Auf dem Server ({count})</translation>
    </message>
    <message>
        <source>Problems ({count})</source>
        <translation>Probleme ({count})</translation>
    </message>
    <message>
        <source>Pseudonym</source>
        <translation>Pseudonym</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Delivered</source>
        <translation>Zugestellt</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Meldung</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
</context>
<context>
    <name>Questions</name>
    <message>
        <source>&amp;Go back</source>
        <translation>&amp;Zurück</translation>
    </message>
    <message>
        <source>From this computer goes: which files were sent and how far each came, the receipt, and the program&apos;s own copy of the key list.</source>
        <translation>Von diesem Computer verschwinden: welche Dateien gesendet wurden und wie weit jede kam, der Beleg und die eigene Kopie der Schlüsselliste dieses Programms.</translation>
    </message>
    <message>
        <source>What stays: your files, and everything that is at the server or its destination.</source>
        <translation>Es bleiben: Ihre Dateien, und alles, was am Server oder an seinem Ziel ist.</translation>
    </message>
    <message>
        <source>The key list that you saved stays where it is.</source>
        <translation>Die Schlüsselliste, die Sie gespeichert haben, bleibt, wo sie ist.</translation>
    </message>
    <message>
        <source>You have NOT saved the key list elsewhere: after this nobody can say who is who, not even you.</source>
        <translation>Sie haben die Schlüsselliste NICHT anderswo gespeichert: danach kann niemand mehr sagen, wer wer ist, auch Sie nicht.</translation>
    </message>
    <message>
        <source>This upload is not finished. It can&apos;t be gone on with any more.</source>
        <translation>Dieser Upload ist nicht beendet. Er lässt sich dann nicht mehr fortsetzen.</translation>
    </message>
    <message>
        <source>Delete local traces?</source>
        <translation>Lokale Spuren löschen?</translation>
    </message>
    <message>
        <source>&amp;Delete</source>
        <translation>&amp;Löschen</translation>
    </message>
    <message>
        <source>Cancel this upload at the server?</source>
        <translation>Diesen Upload am Server abbrechen?</translation>
    </message>
    <message>
        <source>What is delivered stays delivered. What is not yet delivered will not be.</source>
        <translation>Was zugestellt ist, bleibt zugestellt. Was noch nicht zugestellt ist, wird es nicht mehr.</translation>
    </message>
    <message>
        <source>&amp;Cancel the upload</source>
        <translation>Upload &amp;abbrechen</translation>
    </message>
    <message>
        <source>They are deleted from this computer without having been uploaded. The workstation still has its own.</source>
        <translation>Sie werden von diesem Computer gelöscht, ohne hochgeladen worden zu sein. Die Workstation hat ihre eigenen noch.</translation>
    </message>
    <message>
        <source>The program keeps them on this computer alone, and reminds you at the next start. If this computer is lost, nobody can say any more who is who.</source>
        <translation>Das Programm hat sie nur auf diesem Computer und erinnert Sie beim nächsten Start. Geht dieser Computer verloren, kann niemand mehr sagen, wer wer ist.</translation>
    </message>
    <message>
        <source>&amp;Close all the same</source>
        <translation>Trotzdem &amp;schließen</translation>
    </message>
    <message>
        <source>&amp;Show the uploads</source>
        <translation>&amp;Uploads zeigen</translation>
    </message>
    <message>
        <source>Is this really {server}?</source>
        <translation>Ist das wirklich {server}?</translation>
    </message>
    <message>
        <source>No authority that this computer knows vouches for it. Your token was not sent. Compare this SHA-256 fingerprint with the one that the server&apos;s administrators name, by telephone or on paper:</source>
        <translation>Keine Stelle, die dieser Computer kennt, bürgt für ihn. Ihr Token wurde nicht gesendet. Vergleichen Sie diesen SHA-256-Fingerabdruck mit dem, den die Administratoren des Servers nennen, am Telefon oder auf Papier:</translation>
    </message>
    <message>
        <source>Only if all of it is the same, it is the right server. From then on no other is taken.</source>
        <translation>Nur wenn er ganz derselbe ist, ist es der richtige Server. Von da an wird kein anderer angenommen.</translation>
    </message>
    <message>
        <source>&amp;It is the same</source>
        <translation>&amp;Er ist derselbe</translation>
    </message>
    <message>
        <source>Send {images} of {patients} with real names?</source>
        <translation>{images} von {patients} mit echten Namen senden?</translation>
    </message>
    <message>
        <source>Names, birth dates and IDs go to {destination} as they are. This can&apos;t be undone.</source>
        <translation>Namen, Geburtsdaten und IDs gehen unverändert an {destination}. Das lässt sich nicht rückgängig machen.</translation>
    </message>
    <message>
        <source>&amp;Send with real names</source>
        <translation>Mit echten Namen &amp;senden</translation>
    </message>
    <message>
        <source>Stop now: what is not yet delivered will not be delivered any more.</source>
        <translation>Sofort abbrechen: Was noch nicht zugestellt ist, wird nicht mehr zugestellt.</translation>
    </message>
    <message>
        <source>Finish the studies under way: they arrive whole, and nothing else is begun.</source>
        <translation>Laufende Studien beenden: Sie kommen vollständig an, und nichts weiter wird begonnen.</translation>
    </message>
    <message>
        <source>Cancel this upload?</source>
        <translation>Diesen Upload abbrechen?</translation>
    </message>
    <message>
        <source>&amp;Finish studies under way</source>
        <translation>&amp;Laufende Studien beenden</translation>
    </message>
    <message>
        <source>&amp;Stop now</source>
        <translation>&amp;Sofort abbrechen</translation>
    </message>
    <message>
        <source>An upload is under way</source>
        <translation>Ein Upload läuft</translation>
    </message>
    <message>
        <source>If you close the window now, it stops. At the next start you are asked whether to go on with it.</source>
        <translation>Wenn Sie das Fenster jetzt schließen, hält er an. Beim nächsten Start werden Sie gefragt, ob er weitergehen soll.</translation>
    </message>
    <message>
        <source>&amp;Stop and close</source>
        <translation>&amp;Anhalten und schließen</translation>
    </message>
    <message>
        <source>&amp;Go on sending</source>
        <translation>&amp;Weiter senden</translation>
    </message>
</context>
<context>
    <name>Reasons</name>
    <message>
        <source>Not a DICOM file.</source>
        <translation>Keine DICOM-Datei.</translation>
    </message>
    <message>
        <source>A DICOMDIR: only a table of contents. The images are sent.</source>
        <translation>Ein DICOMDIR: nur ein Inhaltsverzeichnis. Die Bilder werden gesendet.</translation>
    </message>
    <message>
        <source>This computer does not let you read it. Check its rights.</source>
        <translation>Dieser Computer lässt Sie nicht darauf zugreifen. Prüfen Sie die Rechte.</translation>
    </message>
    <message>
        <source>It is no longer there. Was the CD or drive removed?</source>
        <translation>Nicht mehr da. Wurde die CD oder das Laufwerk entfernt?</translation>
    </message>
    <message>
        <source>It lacks an identifier (UID) that every DICOM image must have.</source>
        <translation>Es fehlt eine Kennung (UID), die jedes DICOM-Bild haben muss.</translation>
    </message>
    <message>
        <source>An exact copy of another file here. It is sent once.</source>
        <translation>Eine genaue Kopie einer anderen Datei. Sie wird einmal gesendet.</translation>
    </message>
    <message>
        <source>Another file has the same identifier (UID) and other content. Neither is sent.</source>
        <translation>Eine andere Datei hat dieselbe Kennung (UID) und anderen Inhalt. Keine von beiden wird gesendet.</translation>
    </message>
    <message>
        <source>A link that leads back to its own folder.</source>
        <translation>Eine Verknüpfung, die in ihren eigenen Ordner zurückführt.</translation>
    </message>
    <message>
        <source>Not a file but a device or a connection.</source>
        <translation>Keine Datei, sondern ein Gerät oder eine Verbindung.</translation>
    </message>
    <message>
        <source>A zip archive that is encrypted, damaged or inside another. Unpack it first.</source>
        <translation>Ein ZIP-Archiv, das verschlüsselt, beschädigt oder in einem anderen enthalten ist. Entpacken Sie es zuerst.</translation>
    </message>
    <message>
        <source>The file says that text is burned into the picture.</source>
        <translation>Laut Datei ist Text in das Bild eingebrannt.</translation>
    </message>
    <message>
        <source>Ultrasound devices often write the name into the picture.</source>
        <translation>Ultraschallgeräte schreiben den Namen oft in das Bild.</translation>
    </message>
    <message>
        <source>A picture of a screen may show the patient&apos;s name.</source>
        <translation>Ein Bildschirmfoto kann den Namen des Patienten zeigen.</translation>
    </message>
    <message>
        <source>A scanned document or film may show the patient&apos;s name.</source>
        <translation>Ein gescanntes Dokument oder ein Film kann den Namen zeigen.</translation>
    </message>
    <message>
        <source>A photograph may show the patient&apos;s face or name.</source>
        <translation>Ein Foto kann das Gesicht oder den Namen zeigen.</translation>
    </message>
    <message>
        <source>A video may show the patient&apos;s face or name.</source>
        <translation>Ein Video kann das Gesicht oder den Namen zeigen.</translation>
    </message>
    <message>
        <source>A document (PDF) may hold the patient&apos;s name.</source>
        <translation>Ein Dokument (PDF) kann den Namen enthalten.</translation>
    </message>
    <message>
        <source>A saved screen may show the patient&apos;s name.</source>
        <translation>Ein gespeicherter Bildschirm kann den Namen zeigen.</translation>
    </message>
    <message>
        <source>The server does not accept such series.</source>
        <translation>Der Server nimmt solche Serien nicht an.</translation>
    </message>
    <message>
        <source>The file can&apos;t be read any more. Check its rights, then send again.</source>
        <translation>Die Datei lässt sich nicht mehr lesen. Prüfen Sie die Rechte und senden Sie sie erneut.</translation>
    </message>
    <message>
        <source>Something of the patient was still in the file after pseudonymization: it was not sent. Please report it.</source>
        <translation>Nach der Pseudonymisierung war noch etwas vom Patienten in der Datei: Sie wurde nicht gesendet. Bitte melden Sie das.</translation>
    </message>
    <message>
        <source>The file could not be pseudonymized completely: it was not sent. Export it again from its source.</source>
        <translation>Die Datei ließ sich nicht vollständig pseudonymisieren: Sie wurde nicht gesendet. Exportieren Sie sie erneut aus ihrer Quelle.</translation>
    </message>
    <message>
        <source>The rectangles can&apos;t be blanked in this picture. Leave the series out.</source>
        <translation>Die Rechtecke lassen sich in diesem Bild nicht schwärzen. Lassen Sie die Serie weg.</translation>
    </message>
    <message>
        <source>The program failed twice at this file: it was not sent. Please report it.</source>
        <translation>Das Programm ist zweimal an dieser Datei gescheitert: Sie wurde nicht gesendet. Bitte melden Sie das.</translation>
    </message>
    <message>
        <source>The output folder holds another file of this name. Choose an empty folder.</source>
        <translation>Im Zielordner liegt eine andere Datei dieses Namens. Wählen Sie einen leeren Ordner.</translation>
    </message>
    <message>
        <source>The file is larger than the server accepts. Ask its administrators.</source>
        <translation>Die Datei ist größer, als der Server annimmt. Fragen Sie seine Administratoren.</translation>
    </message>
    <message>
        <source>You stopped the upload before its turn. Send it again if you want it after all.</source>
        <translation>Sie haben den Upload vorher beendet. Senden Sie erneut, wenn Sie es doch wollen.</translation>
    </message>
    <message>
        <source>The server found that the file is not pseudonymized. A fault of this program: please report it.</source>
        <translation>Der Server fand, dass die Datei nicht pseudonymisiert ist. Ein Fehler dieses Programms: Bitte melden Sie ihn.</translation>
    </message>
    <message>
        <source>The server found another pseudonym than was announced. A fault of this program: please report it.</source>
        <translation>Der Server fand ein anderes Pseudonym als angekündigt. Ein Fehler dieses Programms: Bitte melden Sie ihn.</translation>
    </message>
    <message>
        <source>The server takes no pseudonyms of this form in this mode. Choose another mode, or ask its administrators.</source>
        <translation>Der Server nimmt in diesem Modus keine Pseudonyme dieser Form. Wählen Sie einen anderen Modus, oder fragen Sie seine Administratoren.</translation>
    </message>
    <message>
        <source>The server found data in the file that must not leave the hospital. Please report it.</source>
        <translation>Der Server fand in der Datei Daten, die das Haus nicht verlassen dürfen. Bitte melden Sie das.</translation>
    </message>
    <message>
        <source>It was pseudonymized by other rules than the server demands. Sign in again, then send again.</source>
        <translation>Pseudonymisiert wurde nach anderen Regeln, als der Server verlangt. Melden Sie sich neu an und senden Sie erneut.</translation>
    </message>
    <message>
        <source>The server found another identifier (UID) in the file than was announced. Send it again.</source>
        <translation>Der Server fand in der Datei eine andere Kennung (UID) als angekündigt. Senden Sie sie erneut.</translation>
    </message>
    <message>
        <source>The server could not read the file as DICOM. Export it again from its source.</source>
        <translation>Der Server konnte die Datei nicht als DICOM lesen. Exportieren Sie sie erneut aus ihrer Quelle.</translation>
    </message>
    <message>
        <source>The server takes no pictures that may show a patient&apos;s name. Leave this series out.</source>
        <translation>Der Server nimmt keine Bilder, die den Namen des Patienten zeigen können. Lassen Sie diese Serie weg.</translation>
    </message>
    <message>
        <source>The server already has another image with this identifier (UID). Find out which is right, and send only that.</source>
        <translation>Der Server hat schon ein anderes Bild mit dieser Kennung (UID). Klären Sie, welches das richtige ist, und senden Sie nur das.</translation>
    </message>
    <message>
        <source>The file has an identifier (UID) that is not valid. Export it again from its source.</source>
        <translation>Die Datei hat eine ungültige Kennung (UID). Exportieren Sie sie erneut aus ihrer Quelle.</translation>
    </message>
    <message>
        <source>The server does not permit you to use these pseudonyms. Choose another mode.</source>
        <translation>Der Server erlaubt Ihnen diese Pseudonyme nicht. Wählen Sie einen anderen Modus.</translation>
    </message>
    <message>
        <source>The server does not permit you to send to this destination. Choose another one.</source>
        <translation>Der Server erlaubt Ihnen nicht, an dieses Ziel zu senden. Wählen Sie ein anderes.</translation>
    </message>
    <message>
        <source>The server has another number of images than were sent. Send again: only what is missing goes.</source>
        <translation>Der Server hat eine andere Zahl von Bildern, als gesendet wurden. Senden Sie erneut: Nur was fehlt, wird gesendet.</translation>
    </message>
    <message>
        <source>The upload was interrupted before its turn. Send it again.</source>
        <translation>Der Upload wurde vorher unterbrochen. Senden Sie erneut.</translation>
    </message>
    <message>
        <source>The PatientID is too long, or has characters that can&apos;t be used.</source>
        <translation>Die PatientID ist zu lang oder hat unbrauchbare Zeichen.</translation>
    </message>
    <message>
        <source>The batch file does not list this patient.</source>
        <translation>Die Batch-Datei führt diesen Patienten nicht auf.</translation>
    </message>
    <message>
        <source>None of the studies and series that the batch file names for this patient is here.</source>
        <translation>Keine der Studien und Serien, die die Batch-Datei für diesen Patienten nennt, ist hier.</translation>
    </message>
    <message>
        <source>The pseudonym is the patient&apos;s own ID, name or birth date. Choose another one.</source>
        <translation>Das Pseudonym ist die ID, der Name oder das Geburtsdatum des Patienten. Wählen Sie ein anderes.</translation>
    </message>
    <message>
        <source>You left it out.</source>
        <translation>Sie haben es ausgelassen.</translation>
    </message>
    <message>
        <source>The batch file selects other studies or series.</source>
        <translation>Die Batch-Datei wählt andere Studien oder Serien aus.</translation>
    </message>
    <message>
        <source>The file changed while it was sent. Add it again.</source>
        <translation>Die Datei änderte sich während des Sendens. Fügen Sie sie erneut hinzu.</translation>
    </message>
    <message>
        <source>The file is no longer there. Was the CD or drive removed?</source>
        <translation>Die Datei ist nicht mehr da. Wurde die CD oder das Laufwerk entfernt?</translation>
    </message>
    <message>
        <source>The file is damaged. Copy it again from its source.</source>
        <translation>Die Datei ist beschädigt. Kopieren Sie sie erneut von der Quelle.</translation>
    </message>
    <message>
        <source>Saved screens of X-ray devices may show the patient&apos;s name.</source>
        <translation>Gespeicherte Bildschirme von Röntgengeräten können den Namen zeigen.</translation>
    </message>
    <message>
        <source>It holds no picture, so nothing can be blanked in it.</source>
        <translation>Sie enthält kein Bild, in dem etwas geschwärzt werden könnte.</translation>
    </message>
    <message>
        <source>Areas can&apos;t be blanked in a video.</source>
        <translation>In einem Video lässt sich nichts schwärzen.</translation>
    </message>
    <message>
        <source>Its pictures are compressed in a way in which areas can&apos;t be blanked.</source>
        <translation>Ihre Bilder sind so komprimiert, dass sich nichts schwärzen lässt.</translation>
    </message>
    <message>
        <source>Its pictures have another size than the areas were drawn for.</source>
        <translation>Ihre Bilder haben eine andere Größe als das, auf dem die Bereiche gezeichnet wurden.</translation>
    </message>
    <message>
        <source>With real names files go as they are; nothing is blanked.</source>
        <translation>Mit echten Namen werden Dateien unverändert gesendet; nichts wird geschwärzt.</translation>
    </message>
    <message>
        <source>Without a PatientID nobody knows whose files these are.</source>
        <translation>Ohne PatientID weiß niemand, wessen Dateien das sind.</translation>
    </message>
    <message>
        <source>The file was changed on its way. Send it again.</source>
        <translation>Die Datei wurde unterwegs verändert. Senden Sie sie erneut.</translation>
    </message>
    <message>
        <source>The file did not arrive completely. Send it again.</source>
        <translation>Die Datei kam nicht vollständig an. Senden Sie sie erneut.</translation>
    </message>
    <message>
        <source>The file could not be sent to its end. Send it again.</source>
        <translation>Die Datei konnte nicht zu Ende gesendet werden. Senden Sie sie erneut.</translation>
    </message>
    <message>
        <source>The server has already closed this upload. Start a new one.</source>
        <translation>Der Server hat diesen Upload schon abgeschlossen. Beginnen Sie einen neuen.</translation>
    </message>
    <message>
        <source>Your space on the server is used up. Ask its administrators.</source>
        <translation>Ihr Platz auf dem Server ist aufgebraucht. Fragen Sie seine Administratoren.</translation>
    </message>
    <message>
        <source>The server has no space left. Tell its administrators.</source>
        <translation>Der Server hat keinen Platz mehr. Sagen Sie es seinen Administratoren.</translation>
    </message>
    <message>
        <source>The server could not write the file. Send it again later.</source>
        <translation>Der Server konnte die Datei nicht schreiben. Senden Sie sie später erneut.</translation>
    </message>
    <message>
        <source>Different names and birth dates under this PatientID: perhaps two patients.</source>
        <translation>Verschiedene Namen und Geburtsdaten unter dieser PatientID: vielleicht zwei Patienten.</translation>
    </message>
    <message>
        <source>Different names under this PatientID: perhaps two patients.</source>
        <translation>Verschiedene Namen unter dieser PatientID: vielleicht zwei Patienten.</translation>
    </message>
    <message>
        <source>Different birth dates under this PatientID: perhaps two patients.</source>
        <translation>Verschiedene Geburtsdaten unter dieser PatientID: vielleicht zwei Patienten.</translation>
    </message>
    <message>
        <source>One name and birth date under several PatientIDs: each gets its own pseudonym. Untick, or send.</source>
        <translation>Ein Name und Geburtsdatum unter mehreren PatientIDs: Jede bekommt ein eigenes Pseudonym. Abwählen oder senden.</translation>
    </message>
    <message>
        <source>Already pseudonymized, as the files say: they would get another pseudonym. Untick, or send.</source>
        <translation>Laut den Dateien schon pseudonymisiert: Sie bekämen ein weiteres Pseudonym. Abwählen oder senden.</translation>
    </message>
    <message>
        <source>This patient is not among what was found.</source>
        <translation>Dieser Patient ist nicht unter dem Gefundenen.</translation>
    </message>
    <message>
        <source>This study is not among what was found of the patient.</source>
        <translation>Diese Studie ist nicht unter dem, was von dem Patienten gefunden wurde.</translation>
    </message>
    <message>
        <source>This series is not among what was found of the study.</source>
        <translation>Diese Serie ist nicht unter dem, was von der Studie gefunden wurde.</translation>
    </message>
</context>
<context>
    <name>ReceiptPage</name>
    <message>
        <source>Save &amp;receipt …</source>
        <translation>Beleg spei&amp;chern …</translation>
    </message>
    <message>
        <source>Sa&amp;ve key list …</source>
        <translation>Sc&amp;hlüsselliste speichern …</translation>
    </message>
    <message>
        <source>Ne&amp;w upload</source>
        <translation>Ne&amp;uer Upload</translation>
    </message>
    <message>
        <source>What did not arrive, and why</source>
        <translation>Was nicht ankam und warum</translation>
    </message>
    <message>
        <source>Go o&amp;n sending</source>
        <translation>&amp;Weiter senden</translation>
    </message>
    <message>
        <source>Retr&amp;y the chosen ones</source>
        <translation>Auswahl e&amp;rneut senden</translation>
    </message>
    <message>
        <source>&amp;Copy the list</source>
        <translation>Liste &amp;kopieren</translation>
    </message>
    <message>
        <source>found</source>
        <translation>gefunden</translation>
    </message>
    <message>
        <source>pseudonymized</source>
        <translation>pseudonymisiert</translation>
    </message>
    <message>
        <source>sent</source>
        <translation>gesendet</translation>
    </message>
    <message>
        <source>stored</source>
        <translation>gespeichert</translation>
    </message>
    <message>
        <source>delivered</source>
        <translation>zugestellt</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
</context>
<context>
    <name>Receivers</name>
    <message>
        <source>Canceled by its owner.</source>
        <translation>Vom Besitzer abgebrochen.</translation>
    </message>
    <message>
        <source>Canceled by an administrator.</source>
        <translation>Von den Administratoren abgebrochen.</translation>
    </message>
    <message>
        <source>{part} of {all} images were not delivered.</source>
        <translation>{part} von {all} Bildern wurden nicht zugestellt.</translation>
    </message>
    <message>
        <source>{part} of {all} images wait.</source>
        <translation>{part} von {all} Bildern warten.</translation>
    </message>
    <message>
        <source>{part} of {all} images were delivered with a warning.</source>
        <translation>{part} von {all} Bildern wurden mit einer Warnung zugestellt.</translation>
    </message>
    <message>
        <source>{part} of {all} images were sent and wait to be confirmed.</source>
        <translation>{part} von {all} Bildern wurden gesendet und warten auf Bestätigung.</translation>
    </message>
    <message>
        <source>{part} of {all} images:</source>
        <translation>{part} von {all} Bildern:</translation>
    </message>
    <message>
        <source>Waiting for destination {name}: {reason}; next try at {time} UTC.</source>
        <translation>Warten auf das Ziel {name}: {reason}; nächster Versuch um {time} UTC.</translation>
    </message>
    <message>
        <source>The destination refused it: {name}.</source>
        <translation>Das Ziel hat es abgelehnt: {name}.</translation>
    </message>
    <message>
        <source>The destination could not take it now: {name}.</source>
        <translation>Das Ziel konnte es jetzt nicht annehmen: {name}.</translation>
    </message>
    <message>
        <source>The destination took it with a warning: {name}.</source>
        <translation>Das Ziel hat es mit einer Warnung angenommen: {name}.</translation>
    </message>
    <message>
        <source>The destination says that it already has this image ({name}).</source>
        <translation>Das Ziel sagt, dass es dieses Bild schon hat ({name}).</translation>
    </message>
    <message>
        <source>The destination does not take this kind of object in its encoding.</source>
        <translation>Das Ziel nimmt diese Art von Objekt in seiner Kodierung nicht an.</translation>
    </message>
    <message>
        <source>The destination was deleted.</source>
        <translation>Das Ziel wurde gelöscht.</translation>
    </message>
    <message>
        <source>It replaced an earlier upload of the same image with other content.</source>
        <translation>Es hat einen früheren Upload desselben Bildes mit anderem Inhalt ersetzt.</translation>
    </message>
    <message>
        <source>The folder already holds another file under this image&apos;s name; it was left.</source>
        <translation>Der Ordner enthält unter dem Namen dieses Bildes schon eine andere Datei; sie blieb dort.</translation>
    </message>
    <message>
        <source>Its file at the server is damaged. Send it again.</source>
        <translation>Seine Datei auf dem Server ist beschädigt. Senden Sie es erneut.</translation>
    </message>
    <message>
        <source>Its file is missing at the server. Send it again.</source>
        <translation>Seine Datei fehlt auf dem Server. Senden Sie es erneut.</translation>
    </message>
    <message>
        <source>Its file at the server can&apos;t be read. Send it again.</source>
        <translation>Seine Datei auf dem Server lässt sich nicht lesen. Senden Sie es erneut.</translation>
    </message>
    <message>
        <source>The server is under maintenance. Try again later.</source>
        <translation>Der Server wird gewartet. Versuchen Sie es später erneut.</translation>
    </message>
    <message>
        <source>The destination said that it took it, but does not have it.</source>
        <translation>Das Ziel sagte, dass es das angenommen hat, hat es aber nicht.</translation>
    </message>
    <message>
        <source>It is sent again.</source>
        <translation>Es wird erneut gesendet.</translation>
    </message>
    <message>
        <source>It was sent, but its arrival is not confirmed.</source>
        <translation>Es wurde gesendet, aber die Ankunft ist nicht bestätigt.</translation>
    </message>
    <message>
        <source>The destination does not vouch for it: {name}.</source>
        <translation>Das Ziel bürgt nicht dafür: {name}.</translation>
    </message>
    <message>
        <source>The destination has not reported whether it has it.</source>
        <translation>Das Ziel hat nicht gemeldet, ob es das hat.</translation>
    </message>
    <message>
        <source>Its file stays at the server: send it again, or ask whoever runs the destination.</source>
        <translation>Seine Datei bleibt auf dem Server: Senden Sie es erneut, oder fragen Sie die Betreiber des Ziels.</translation>
    </message>
    <message>
        <source>The upload was not finished within the {days} days for which files are kept.</source>
        <translation>Der Upload wurde nicht in den {days} Tagen beendet, für die Dateien verwahrt werden.</translation>
    </message>
    <message>
        <source>Its file was deleted after the {days} days for which files are kept. Send it again.</source>
        <translation>Seine Datei wurde nach den {days} Tagen gelöscht, für die Dateien verwahrt werden. Senden Sie es erneut.</translation>
    </message>
    <message>
        <source>The destination can&apos;t be asked: {reason}.</source>
        <translation>Das Ziel kann nicht gefragt werden: {reason}.</translation>
    </message>
    <message>
        <source>The connection was lost while it was sent.</source>
        <translation>Die Verbindung ging beim Senden verloren.</translation>
    </message>
    <message>
        <source>The destination broke the association off while it was sent.</source>
        <translation>Das Ziel hat die Verbindung beim Senden abgebrochen.</translation>
    </message>
    <message>
        <source>The server lacks the library blake3. Its administrator has to look.</source>
        <translation>Dem Server fehlt die Bibliothek blake3. Die Administration muss nachsehen.</translation>
    </message>
    <message>
        <source>It is delivered once an administrator has looked at it.</source>
        <translation>Zugestellt wird, sobald ein Administrator den Auftrag angesehen hat.</translation>
    </message>
    <message>
        <source>Delivery is suspended by the administrator; what is stored waits.</source>
        <translation>Die Zustellung ruht auf Anweisung der Administration; was gespeichert ist, wartet.</translation>
    </message>
    <message>
        <source>It is delivered in the hours in which the server delivers: {hours}.</source>
        <translation>Zugestellt wird in den Stunden, in denen der Server weiterleitet: {hours}.</translation>
    </message>
</context>
<context>
    <name>Receiving</name>
    <message>
        <source>Refused: {who} wanted to send to this computer</source>
        <translation>Abgelehnt: {who} wollte an diesen Computer senden</translation>
    </message>
    <message>
        <source>Its AE title is not on your list. If it may send, add it: File &gt; Receive from workstations.</source>
        <translation>Der AE-Titel steht nicht auf Ihrer Liste. Darf sie senden, nehmen Sie ihn auf: Datei &gt; Von Workstations empfangen.</translation>
    </message>
    <message>
        <source>It called this program by another AE title. Enter the right one at the workstation.</source>
        <translation>Sie hat dieses Programm mit einem anderen AE-Titel gerufen. Tragen Sie an der Workstation den richtigen ein.</translation>
    </message>
    <message>
        <source>The address of that computer is not on your list.</source>
        <translation>Die Adresse dieses Computers steht nicht auf Ihrer Liste.</translation>
    </message>
    <message>
        <source>Too many connections at once. It can try again later.</source>
        <translation>Zu viele Verbindungen auf einmal. Ein späterer Versuch ist möglich.</translation>
    </message>
    <message>
        <source>Not everything from {workstation} was taken</source>
        <translation>Nicht alles von {workstation} wurde angenommen</translation>
    </message>
    <message>
        <source>There is too little room on this computer. Make room, then send again at the workstation.</source>
        <translation>Auf diesem Computer ist zu wenig Platz. Schaffen Sie Platz und senden Sie an der Workstation erneut.</translation>
    </message>
    <message>
        <source>An image could not be written on this computer. Check its disk, then send again.</source>
        <translation>Ein Bild konnte auf diesem Computer nicht geschrieben werden. Prüfen Sie den Datenträger und senden Sie erneut.</translation>
    </message>
    <message>
        <source>An image has no valid name (SOP Instance UID). Tell whoever manages the workstation.</source>
        <translation>Ein Bild hat keinen gültigen Namen (SOP Instance UID). Sagen Sie es denen, die die Workstation verwalten.</translation>
    </message>
    <message>
        <source>{workstation} broke off in the middle of an image</source>
        <translation>{workstation} hat mitten in einem Bild abgebrochen</translation>
    </message>
    <message>
        <source>What came before it is here. Send the rest again at the workstation.</source>
        <translation>Was davor kam, ist da. Senden Sie den Rest an der Workstation erneut.</translation>
    </message>
</context>
<context>
    <name>ReceivingDialog</name>
    <message>
        <source>Receive from workstations</source>
        <translation>Von Workstations empfangen</translation>
    </message>
    <message>
        <source>&amp;Receive images that a workstation sends to this computer by DICOM</source>
        <translation>Bilder &amp;empfangen, die eine Workstation per DICOM an diesen Computer sendet</translation>
    </message>
    <message>
        <source>&amp;Workstations that may send (their AE titles)</source>
        <translation>&amp;Workstations, die senden dürfen (ihre AE-Titel)</translation>
    </message>
    <message>
        <source>Nobody</source>
        <translation>Niemand</translation>
    </message>
    <message>
        <source>AE &amp;title of this program</source>
        <translation>AE-&amp;Titel dieses Programms</translation>
    </message>
    <message>
        <source>&amp;Port</source>
        <translation>&amp;Port</translation>
    </message>
    <message>
        <source>Who can reac&amp;h it</source>
        <translation>We&amp;r es erreicht</translation>
    </message>
    <message>
        <source>Programs on this computer only</source>
        <translation>Nur Programme auf diesem Computer</translation>
    </message>
    <message>
        <source>The network, at this address:</source>
        <translation>Das Netz, unter dieser Adresse:</translation>
    </message>
    <message>
        <source>IP address of this computer</source>
        <translation>IP-Adresse dieses Computers</translation>
    </message>
    <message>
        <source>Other computers in the network can then send to this one. DICOM has no password, and what is sent is not encrypted. Ask your IT department, and name the computers that may.</source>
        <translation>Andere Computer im Netz können dann an diesen senden. DICOM hat kein Passwort, und was gesendet wird, ist nicht verschlüsselt. Fragen Sie Ihre IT-Abteilung und nennen Sie die Computer, die es dürfen.</translation>
    </message>
    <message>
        <source>Computers that may &amp;connect (IP addresses or networks)</source>
        <translation>&amp;Computer, die sich verbinden dürfen (IP-Adressen oder Netze)</translation>
    </message>
    <message>
        <source>Each</source>
        <translation>Jeder</translation>
    </message>
    <message>
        <source>Sh&amp;ow them in Check</source>
        <translation>In „Prüfen“ &amp;zeigen</translation>
    </message>
    <message>
        <source>&amp;Delete them …</source>
        <translation>&amp;Löschen …</translation>
    </message>
    <message>
        <source>C&amp;ancel</source>
        <translation>&amp;Abbrechen</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>Set by your IT department.</source>
        <translation>Von Ihrer IT-Abteilung festgelegt.</translation>
    </message>
    <message>
        <source>Several with commas, such as WORKSTATION1, WORKSTATION2. Whoever is not named is refused.</source>
        <translation>Mehrere mit Kommas, etwa WORKSTATION1, WORKSTATION2. Wer nicht genannt ist, wird abgelehnt.</translation>
    </message>
    <message>
        <source>Both are entered at the workstation, as its destination.</source>
        <translation>Beides wird an der Workstation als Ziel eingetragen.</translation>
    </message>
    <message>
        <source>No received images lie on this computer.</source>
        <translation>Auf diesem Computer liegen keine empfangenen Bilder.</translation>
    </message>
</context>
<context>
    <name>ReceivingStrip</name>
    <message>
        <source>Settings …</source>
        <translation>Einstellungen …</translation>
    </message>
    <message>
        <source>Settings of receiving</source>
        <translation>Einstellungen des Empfangs</translation>
    </message>
    <message>
        <source>{images} from {workstation}</source>
        <translation>{images} von {workstation}</translation>
    </message>
    <message>
        <source>Received for the next upload: {images}.</source>
        <translation>Für den nächsten Upload empfangen: {images}.</translation>
    </message>
    <message>
        <source>Nothing is received from workstations any more</source>
        <translation>Von Workstations wird nichts mehr empfangen</translation>
    </message>
    <message>
        <source>Received: {callers}</source>
        <translation>Empfangen: {callers}</translation>
    </message>
    <message>
        <source>Receiving: {callers}</source>
        <translation>Empfange: {callers}</translation>
    </message>
    <message>
        <source>Ready to receive from workstations: {title}, {address}, port {port}</source>
        <translation>Bereit zum Empfang von Workstations: {title}, {address}, Port {port}</translation>
    </message>
    <message>
        <source>Getting ready to receive …</source>
        <translation>Empfang wird vorbereitet …</translation>
    </message>
</context>
<context>
    <name>Rows</name>
    <message>
        <source>no value</source>
        <translation>kein Wert</translation>
    </message>
    <message>
        <source>(no PatientID)</source>
        <translation>(ohne PatientID)</translation>
    </message>
    <message>
        <source>Study without a description</source>
        <translation>Studie ohne Beschreibung</translation>
    </message>
    <message>
        <source>no description</source>
        <translation>ohne Beschreibung</translation>
    </message>
</context>
<context>
    <name>Rules</name>
    <message>
        <source>kept</source>
        <translation>geblieben</translation>
    </message>
    <message>
        <source>changed</source>
        <translation>geändert</translation>
    </message>
    <message>
        <source>emptied</source>
        <translation>geleert</translation>
    </message>
    <message>
        <source>removed</source>
        <translation>entfernt</translation>
    </message>
    <message>
        <source>added</source>
        <translation>hinzugefügt</translation>
    </message>
    <message>
        <source>Stays as it is.</source>
        <translation>Bleibt, wie es ist.</translation>
    </message>
    <message>
        <source>Is removed.</source>
        <translation>Wird entfernt.</translation>
    </message>
    <message>
        <source>Is emptied.</source>
        <translation>Wird geleert.</translation>
    </message>
    <message>
        <source>Is replaced by a placeholder.</source>
        <translation>Wird durch einen Platzhalter ersetzt.</translation>
    </message>
    <message>
        <source>Gets a new UID, the same wherever the old one stood.</source>
        <translation>Bekommt eine neue UID, überall dieselbe, wo die alte stand.</translation>
    </message>
    <message>
        <source>All dates of this patient move alike.</source>
        <translation>Alle Datumsangaben dieses Patienten rücken gleich weit.</translation>
    </message>
    <message>
        <source>The text is searched for the patient; what is found goes.</source>
        <translation>Der Text wird nach dem Patienten durchsucht; was gefunden wird, entfällt.</translation>
    </message>
    <message>
        <source>Stays if it is an offset from UTC.</source>
        <translation>Bleibt, wenn es ein Abstand zu UTC ist.</translation>
    </message>
    <message>
        <source>Ages stay; over 89 years become 90.</source>
        <translation>Altersangaben bleiben; über 89 Jahre werden zu 90.</translation>
    </message>
    <message>
        <source>Stays; what is in it follows its own rules.</source>
        <translation>Bleibt; was darin ist, folgt eigenen Regeln.</translation>
    </message>
    <message>
        <source>Its structure stays, its texts become placeholders.</source>
        <translation>Der Aufbau bleibt, die Texte werden zu Platzhaltern.</translation>
    </message>
    <message>
        <source>Addresses on the web go.</source>
        <translation>Adressen im Netz entfallen.</translation>
    </message>
    <message>
        <source>Stays.</source>
        <translation>Bleibt.</translation>
    </message>
    <message>
        <source>Is replaced by a fixed text.</source>
        <translation>Wird durch einen festen Text ersetzt.</translation>
    </message>
    <message>
        <source>Becomes the pseudonym.</source>
        <translation>Wird zum Pseudonym.</translation>
    </message>
    <message>
        <source>Says that and how the file was pseudonymized.</source>
        <translation>Sagt, dass und wie die Datei pseudonymisiert wurde.</translation>
    </message>
    <message>
        <source>Names the trial that the file belongs to.</source>
        <translation>Nennt die Studie, zu der die Datei gehört.</translation>
    </message>
    <message>
        <source>The head of the file is written anew.</source>
        <translation>Der Dateikopf wird neu geschrieben.</translation>
    </message>
    <message>
        <source>Outdated lengths of groups go.</source>
        <translation>Veraltete Gruppenlängen entfallen.</translation>
    </message>
    <message>
        <source>All texts are written as UTF-8.</source>
        <translation>Alle Texte werden als UTF-8 geschrieben.</translation>
    </message>
    <message>
        <source>Overlays and curves go: names can be drawn in them.</source>
        <translation>Overlays und Kurven entfallen: In ihnen können Namen gezeichnet sein.</translation>
    </message>
    <message>
        <source>A manufacturer&apos;s own element of which nobody knows what it holds.</source>
        <translation>Ein eigenes Element eines Herstellers, von dem niemand weiß, was es enthält.</translation>
    </message>
    <message>
        <source>Names whose own elements these are; stays with them.</source>
        <translation>Nennt, wessen eigene Elemente dies sind; bleibt mit ihnen.</translation>
    </message>
    <message>
        <source>Is not of a type that it can have, so that it goes.</source>
        <translation>Hat einen Typ, den es nicht haben kann, und entfällt daher.</translation>
    </message>
    <message>
        <source>Is no possible date or time, so that it goes.</source>
        <translation>Ist kein mögliches Datum und keine mögliche Uhrzeit und entfällt daher.</translation>
    </message>
    <message>
        <source>Would stay, but the last look found the patient in it.</source>
        <translation>Würde bleiben, doch die letzte Prüfung fand den Patienten darin.</translation>
    </message>
    <message>
        <source>Goes with the sequence that it is in.</source>
        <translation>Entfällt mit der Sequenz, in der es liegt.</translation>
    </message>
    <message>
        <source>The picture stays, bit by bit.</source>
        <translation>Das Bild bleibt Bit für Bit.</translation>
    </message>
    <message>
        <source>The areas that you marked are black.</source>
        <translation>Die von Ihnen markierten Bereiche sind schwarz.</translation>
    </message>
    <message>
        <source>With real names everything stays as it is.</source>
        <translation>Mit echten Namen bleibt alles, wie es ist.</translation>
    </message>
    <message>
        <source>PS3.15 E.1-1: {detail}</source>
        <translation>PS3.15 E.1-1: {detail}</translation>
    </message>
    <message>
        <source>not in PS3.15 E.1-1</source>
        <translation>nicht in PS3.15 E.1-1</translation>
    </message>
    <message>
        <source>safe by PS3.15 E.3.10</source>
        <translation>unbedenklich nach PS3.15 E.3.10</translation>
    </message>
    <message>
        <source>this profile&apos;s own rule: {detail}</source>
        <translation>eigene Regel dieses Profils: {detail}</translation>
    </message>
    <message>
        <source>because of what is around it</source>
        <translation>wegen seiner Umgebung</translation>
    </message>
    <message>
        <source>in item {item} of a sequence</source>
        <translation>in Eintrag {item} einer Sequenz</translation>
    </message>
</context>
<context>
    <name>ScanStrip</name>
    <message>
        <source>Stop sear&amp;ch</source>
        <translation>Suche an&amp;halten</translation>
    </message>
    <message>
        <source>Looking through the files</source>
        <translation>Dateien werden durchgesehen</translation>
    </message>
    <message>
        <source>Looking through the files: {files}, {images} found</source>
        <translation>Dateien werden durchgesehen: {files}, {images} gefunden</translation>
    </message>
</context>
<context>
    <name>SearchRow</name>
    <message>
        <source>Search ({keys})</source>
        <translation>Suchen ({keys})</translation>
    </message>
    <message>
        <source>Search patients, studies and series</source>
        <translation>Patienten, Studien und Serien suchen</translation>
    </message>
    <message>
        <source>PatientID, pseudonym, name, description, type or date. Esc shows everything again.</source>
        <translation>PatientID, Pseudonym, Name, Beschreibung, Art oder Datum. Esc zeigt wieder alles.</translation>
    </message>
    <message>
        <source>A&amp;ll</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>Only these</source>
        <translation>Nur diese</translation>
    </message>
    <message>
        <source>Befo&amp;re/after …</source>
        <translation>&amp;Vorher/nachher …</translation>
    </message>
    <message>
        <source>Ticks everything that is shown.</source>
        <translation>Kreuzt alles an, was zu sehen ist.</translation>
    </message>
    <message>
        <source>Leaves out everything that is shown.</source>
        <translation>Lässt alles aus, was zu sehen ist.</translation>
    </message>
    <message>
        <source>Shows all elements of the chosen row&apos;s images as they are, and as they are sent.</source>
        <translation>Zeigt alle Elemente der Bilder der gewählten Zeile, wie sie sind und wie sie gesendet werden.</translation>
    </message>
    <message>
        <source>Ticks what the search shows, and leaves out everything else.</source>
        <translation>Kreuzt an, was die Suche zeigt, und lässt alles andere aus.</translation>
    </message>
    <message>
        <source>Nothing found</source>
        <translation>Nichts gefunden</translation>
    </message>
</context>
<context>
    <name>Sending</name>
    <message>
        <source>First add a folder, files or a zip archive.</source>
        <translation>Fügen Sie zuerst einen Ordner, Dateien oder ein ZIP-Archiv hinzu.</translation>
    </message>
    <message>
        <source>Wait until everything was looked at.</source>
        <translation>Warten Sie, bis alles durchgesehen ist.</translation>
    </message>
    <message>
        <source>Sign in to your server first.</source>
        <translation>Melden Sie sich zuerst an Ihrem Server an.</translation>
    </message>
    <message>
        <source>Choose a destination.</source>
        <translation>Wählen Sie ein Ziel.</translation>
    </message>
    <message>
        <source>Choose how patients are named.</source>
        <translation>Wählen Sie, wie Patienten benannt werden.</translation>
    </message>
    <message>
        <source>Choose the batch file.</source>
        <translation>Wählen Sie die Batch-Datei.</translation>
    </message>
    <message>
        <source>Type the pseudonym.</source>
        <translation>Geben Sie das Pseudonym ein.</translation>
    </message>
    <message>
        <source>Correct the pseudonym.</source>
        <translation>Berichtigen Sie das Pseudonym.</translation>
    </message>
    <message>
        <source>Make or load the department&apos;s key, or untick it.</source>
        <translation>Erzeugen oder laden Sie den Abteilungsschlüssel, oder verzichten Sie darauf.</translation>
    </message>
    <message>
        <source>These pseudonyms don&apos;t fit what was found.</source>
        <translation>Diese Pseudonyme passen nicht zu dem Gefundenen.</translation>
    </message>
    <message>
        <source>One moment …</source>
        <translation>Einen Moment …</translation>
    </message>
    <message>
        <source>None of these patients can be sent: see the list.</source>
        <translation>Keiner dieser Patienten kann gesendet werden: siehe Liste.</translation>
    </message>
    <message>
        <source>Everything is held back: decide in the list.</source>
        <translation>Alles ist zurückgehalten: Entscheiden Sie in der Liste.</translation>
    </message>
    <message>
        <source>You left everything out: tick what is to be sent.</source>
        <translation>Sie haben alles ausgelassen: Kreuzen Sie an, was gesendet werden soll.</translation>
    </message>
    <message>
        <source>Nothing of this can be sent: see the list.</source>
        <translation>Nichts davon kann gesendet werden: siehe Liste.</translation>
    </message>
    <message>
        <source>An upload is under way.</source>
        <translation>Ein Upload läuft.</translation>
    </message>
    <message>
        <source>These studies have been sent. New upload starts over.</source>
        <translation>Diese Studien sind gesendet. „Neuer Upload“ beginnt von vorn.</translation>
    </message>
    <message>
        <source>Only what did not arrive is sent.</source>
        <translation>Nur was nicht angekommen ist, wird gesendet.</translation>
    </message>
    <message>
        <source>Connecting …</source>
        <translation>Verbindung wird aufgebaut …</translation>
    </message>
    <message>
        <source>Sending to {destination}</source>
        <translation>Senden an {destination}</translation>
    </message>
    <message>
        <source>The connection was lost. Trying again …</source>
        <translation>Die Verbindung ging verloren. Neuer Versuch …</translation>
    </message>
    <message>
        <source>Stopping …</source>
        <translation>Wird abgebrochen …</translation>
    </message>
    <message>
        <source>less than a minute left</source>
        <translation>noch weniger als eine Minute</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>in progress</source>
        <translation>in Arbeit</translation>
    </message>
    <message>
        <source>canceled</source>
        <translation>abgebrochen</translation>
    </message>
    <message>
        <source>delivered</source>
        <translation>zugestellt</translation>
    </message>
    <message>
        <source>delivered with warnings</source>
        <translation>mit Warnungen zugestellt</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>fehlgeschlagen</translation>
    </message>
    <message>
        <source>being canceled</source>
        <translation>wird abgebrochen</translation>
    </message>
    <message>
        <source>Everything that you chose is at {destination}.</source>
        <translation>Alles, was Sie gewählt haben, ist bei {destination}.</translation>
    </message>
    <message>
        <source>What was sent is at {destination}. The rest is listed with its reasons.</source>
        <translation>Was gesendet wurde, ist bei {destination}. Der Rest ist mit Gründen aufgeführt.</translation>
    </message>
    <message>
        <source>The server goes on trying to reach {destination}. You may close the window.</source>
        <translation>Der Server versucht weiter, {destination} zu erreichen. Sie können das Fenster schließen.</translation>
    </message>
    <message>
        <source>What did not arrive is listed. Sending again goes on where it ended.</source>
        <translation>Was nicht ankam, ist aufgeführt. Erneutes Senden macht dort weiter.</translation>
    </message>
    <message>
        <source>Everything that was found is at {destination}.</source>
        <translation>Alles Gefundene ist bei {destination}.</translation>
    </message>
    <message>
        <source>&amp;Send again</source>
        <translation>Erneut &amp;senden</translation>
    </message>
    <message>
        <source>&amp;Send</source>
        <translation>&amp;Senden</translation>
    </message>
    <message>
        <source>Correct the batch file and save it: it is then read again by itself.</source>
        <translation>Berichtigen und speichern Sie die Batch-Datei: Sie wird dann von selbst neu gelesen.</translation>
    </message>
    <message>
        <source>Everything is sent. The server is processing it for {destination}</source>
        <translation>Alles ist gesendet. Der Server verarbeitet es für {destination}</translation>
    </message>
    <message>
        <source>Pausing …</source>
        <translation>Wird angehalten …</translation>
    </message>
    <message>
        <source>Paused. What was stored is not sent again</source>
        <translation>Angehalten. Was gespeichert ist, wird nicht erneut gesendet</translation>
    </message>
    <message>
        <source>Finishing the studies under way, then stopping …</source>
        <translation>Beendet die laufenden Studien, dann ist Schluss …</translation>
    </message>
    <message>
        <source>You stopped after these studies. The rest is listed, and was not sent.</source>
        <translation>Sie haben nach diesen Studien beendet. Der Rest steht in der Liste und wurde nicht gesendet.</translation>
    </message>
    <message>
        <source>Go on when it can work again. What was stored is not sent again.</source>
        <translation>Setzen Sie fort, sobald es wieder gehen kann. Was gespeichert ist, wird nicht erneut gesendet.</translation>
    </message>
    <message>
        <source>You stopped this upload. Nothing more of it is delivered.</source>
        <translation>Sie haben diesen Upload abgebrochen. Nichts weiter davon wird zugestellt.</translation>
    </message>
</context>
<context>
    <name>SentSeries</name>
    <message>
        <source>Patient and series</source>
        <translation>Patient und Serie</translation>
    </message>
    <message>
        <source>Pseudonym</source>
        <translation>Pseudonym</translation>
    </message>
    <message>
        <source>Stored</source>
        <translation>Gespeichert</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>no value</source>
        <translation>kein Wert</translation>
    </message>
    <message>
        <source>Series</source>
        <translation>Serie</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>stored</source>
        <translation>gespeichert</translation>
    </message>
    <message>
        <source>being sent</source>
        <translation>wird gesendet</translation>
    </message>
</context>
<context>
    <name>Speaker</name>
    <message>
        <source>Batch file, line {line}</source>
        <translation>Batch-Datei, Zeile {line}</translation>
    </message>
    <message>
        <source>Sent before, in the upload of {when}: the destination would get it again. Untick, or send.</source>
        <translation>Schon gesendet, im Upload vom {when}: das Ziel bekäme es noch einmal. Abwählen oder senden.</translation>
    </message>
    <message>
        <source>Study of {pseudonym} ({images})</source>
        <translation>Studie von {pseudonym} ({images})</translation>
    </message>
    <message>
        <source>The destination did not take it.</source>
        <translation>Das Ziel hat sie nicht angenommen.</translation>
    </message>
    <message>
        <source>{stored} of {images}</source>
        <translation>{images}, davon {stored} gespeichert</translation>
    </message>
    <message>
        <source>Saved</source>
        <translation>Gespeichert</translation>
    </message>
    <message>
        <source>Only this computer can say who is who. Save the key list where your department keeps such lists; the page Uploads shows all of them.</source>
        <translation>Nur dieser Computer kann sagen, wer wer ist. Speichern Sie die Schlüsselliste dort, wo Ihre Abteilung solche Listen aufbewahrt; die Seite Uploads zeigt alle.</translation>
    </message>
    <message>
        <source>There is nothing to compare yet</source>
        <translation>Noch gibt es nichts zu vergleichen</translation>
    </message>
    <message>
        <source>As things stand this patient gets no pseudonym, so that nothing of it is sent. Sign in, choose how patients are named, and see the lists below the tree.</source>
        <translation>Im Moment bekommt dieser Patient kein Pseudonym, sodass nichts von ihm gesendet wird. Melden Sie sich an, wählen Sie, wie Patienten heißen, und sehen Sie die Listen unter dem Baum an.</translation>
    </message>
    <message>
        <source>The browser can&apos;t be opened</source>
        <translation>Der Browser lässt sich nicht öffnen</translation>
    </message>
    <message>
        <source>Open this page yourself: {url}</source>
        <translation>Öffnen Sie diese Seite selbst: {url}</translation>
    </message>
    <message>
        <source>An upload is under way</source>
        <translation>Ein Upload läuft</translation>
    </message>
    <message>
        <source>Add these when it has ended.</source>
        <translation>Fügen Sie diese danach hinzu.</translation>
    </message>
    <message>
        <source>They hold patients&apos; names. Show them in Check or delete them: File &gt; Receive from workstations.</source>
        <translation>Sie enthalten Namen von Patienten. Zeigen Sie sie in „Prüfen“ oder löschen Sie sie: Datei &gt; Von Workstations empfangen.</translation>
    </message>
    <message>
        <source>No DICOM images were found</source>
        <translation>Keine DICOM-Bilder gefunden</translation>
    </message>
    <message>
        <source>Check whether it is the right folder, or ask for the images as a DICOM export.</source>
        <translation>Prüfen Sie, ob es der richtige Ordner ist, oder bitten Sie um die Bilder als DICOM-Export.</translation>
    </message>
    <message>
        <source>The server has changed the profile {name}</source>
        <translation>Der Server hat das Profil {name} geändert</translation>
    </message>
    <message>
        <source>This upload was begun by the profile as it was before. It begins anew now; what was sent before stays on the server as job {job}.</source>
        <translation>Dieser Upload wurde mit dem früheren Profil begonnen. Er beginnt jetzt neu; was vorher gesendet wurde, bleibt auf dem Server als Auftrag {job}.</translation>
    </message>
    <message>
        <source>Trying again in {seconds} s. What was stored is not sent again.</source>
        <translation>Neuer Versuch in {seconds} s. Gespeichertes wird nicht noch einmal gesendet.</translation>
    </message>
    <message>
        <source>Trying again now. What was stored is not sent again.</source>
        <translation>Neuer Versuch jetzt. Gespeichertes wird nicht noch einmal gesendet.</translation>
    </message>
    <message>
        <source>An image</source>
        <translation>Ein Bild</translation>
    </message>
    <message>
        <source>Held series of {patient}</source>
        <translation>Zurückgehaltene Serie von {patient}</translation>
    </message>
</context>
<context>
    <name>StepBar</name>
    <message>
        <source>Drop</source>
        <translation>Ablegen</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>Prüfen</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>Step {number} of 3: {name}</source>
        <translation>Schritt {number} von 3: {name}</translation>
    </message>
    <message>
        <source>done</source>
        <translation>erledigt</translation>
    </message>
    <message>
        <source>you are here</source>
        <translation>Sie sind hier</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>Schritte</translation>
    </message>
</context>
<context>
    <name>SystemFailures</name>
    <message>
        <source>Permission denied</source>
        <translation>Zugriff verweigert</translation>
    </message>
    <message>
        <source>Operation not permitted</source>
        <translation>Nicht erlaubt</translation>
    </message>
    <message>
        <source>No such file or directory</source>
        <translation>Datei oder Ordner nicht gefunden</translation>
    </message>
    <message>
        <source>Not a directory</source>
        <translation>Kein Ordner</translation>
    </message>
    <message>
        <source>Is a directory</source>
        <translation>Das ist ein Ordner</translation>
    </message>
    <message>
        <source>File exists</source>
        <translation>Die Datei gibt es schon</translation>
    </message>
    <message>
        <source>File name too long</source>
        <translation>Der Dateiname ist zu lang</translation>
    </message>
    <message>
        <source>Input/output error</source>
        <translation>Ein-/Ausgabefehler</translation>
    </message>
    <message>
        <source>No space left on device</source>
        <translation>Kein Platz mehr auf dem Datenträger</translation>
    </message>
    <message>
        <source>Disk quota exceeded</source>
        <translation>Der zugeteilte Speicherplatz ist aufgebraucht</translation>
    </message>
    <message>
        <source>Read-only file system</source>
        <translation>Der Datenträger ist nur lesbar</translation>
    </message>
    <message>
        <source>Device or resource busy</source>
        <translation>Das Gerät ist belegt</translation>
    </message>
    <message>
        <source>Too many open files</source>
        <translation>Zu viele offene Dateien</translation>
    </message>
</context>
<context>
    <name>Things</name>
    <message>
        <source>department</source>
        <translation>Abteilung</translation>
    </message>
    <message>
        <source>PatientID</source>
        <translation>PatientID</translation>
    </message>
    <message>
        <source>department key</source>
        <translation>Schlüssel der Abteilung</translation>
    </message>
    <message>
        <source>site key</source>
        <translation>Standortschlüssel</translation>
    </message>
</context>
<context>
    <name>UnfinishedBox</name>
    <message>
        <source>Go on &amp;with it</source>
        <translation>&amp;Fortsetzen</translation>
    </message>
    <message>
        <source>&amp;Not now</source>
        <translation>&amp;Nicht jetzt</translation>
    </message>
    <message>
        <source>Delete local tra&amp;ces …</source>
        <translation>Spuren hier lös&amp;chen …</translation>
    </message>
</context>
</TS>
