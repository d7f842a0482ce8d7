<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name>AccountPanel</name>
    <message>
        <source>Server a&amp;ddress</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Token</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From your profile page on the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign o&amp;ut</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Signed in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Signing in …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign &amp;in</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The token is kept in this computer&apos;s keyring.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer has no keyring: the token is kept for this session only.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Department: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Token kept for this session only: no keyring here.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Banner</name>
    <message>
        <source>Close this message</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Note</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Warning</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Error</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>BatchProblems</name>
    <message>
        <source>The file can&apos;t be read. Is it still there, or open elsewhere?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is not a CSV file and not an Excel workbook (.xlsx).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The text has an unknown encoding. Save it as CSV UTF-8.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file has no rows.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The workbook has several sheets. Keep only one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This column is not known. Remove or rename it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This column is missing.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This column occurs twice.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The line has more cells than there are columns.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cell is empty.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cell holds a number. Format the column as text, type it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cell holds a date. Format the column as text, type it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cell holds a formula. Replace it by its value as text.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The cell holds no text.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The value has more than 64 characters.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The value holds a backslash, which DICOM does not allow.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The value holds a line break or another control character.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The value holds a wildcard (* or ?).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>There are spaces before or after the value.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pseudonym holds ^ or =, which have a meaning in names.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is not a valid UID.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A series is named without its study.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pseudonym is the PatientID itself.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This patient has another pseudonym in another line.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another patient has the same pseudonym.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One line selects everything of this patient, another one only a part.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Leading zeros are missing: a patient found here has this ID with zeros before it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The spreadsheet has rounded this number. Format the column as text and type it again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>CheckPage</name>
    <message>
        <source>Found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Add more …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Start &amp;over</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was found: patients, studies, series</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Counts</name>
    <message numerus="yes">
        <source>%Ln patient(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln studies</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln series</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s)</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln problem(s): see the list.</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s), all in order.</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Send %Ln studies</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Send %Ln studies, pseudonymized</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Send %Ln studies WITH real names</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>All %Ln image(s) arrived</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Stopped: %Ln image(s) had been delivered</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Stored on the server; %Ln image(s) not yet delivered</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) did not arrive</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) held back</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) refused</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) left out</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) not selected</source>
        <translation type="unfinished">
            <numerusform></numerusform>
            <numerusform></numerusform>
        </translation>
    </message>
</context>
<context>
    <name>DestinationBox</name>
    <message>
        <source>D&amp;estination</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Known after sign-in</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Details</name>
    <message>
        <source>Look at these series first. Tick those to be sent as they are; the others are left out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Held back series</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Problems in the batch file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patients that can&apos;t be sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Files left out</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Held back ({count})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Batch file problems ({count})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Can&apos;t be sent ({count})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Left out ({count})</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Line</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Column</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Problem</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Patient</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Reason</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>File</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>DropPage</name>
    <message>
        <source>Drop studies here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Folders, files, zip archives or a CD: all DICOM images in them are found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing leaves this computer until you press Send.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add &amp;folder …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add f&amp;iles …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add &amp;zip archive …</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ErrorWords</name>
    <message>
        <source>Something unexpected happened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A fault of the program ({kind}). Please report it; nothing more is sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A fixed pseudonym is for one patient only</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This pseudonym can&apos;t be used</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your department is not usable</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server has no department for you. Ask its administrators to set it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Its name is too long or has unusable characters. Ask the administrators.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More than one PatientID was found. Add one patient&apos;s files only, or change mode.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One PatientID, but different names: perhaps two patients were mixed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One PatientID, but different birth dates: perhaps two patients were mixed.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No PatientID, and nothing says that the files are one patient&apos;s. Add one study.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It may have up to 64 characters, no spaces at its ends, and none of these: \ * ? ^ =</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is the patient&apos;s own ID, name or birth date. Type another one.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Errors</name>
    <message>
        <source>The file is damaged</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file can&apos;t be read</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file&apos;s header is too large</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A DICOMDIR</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file&apos;s sequences are nested too deeply</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No DICOM file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The search was stopped</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The zip archive can&apos;t be opened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file can&apos;t be opened</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The link leads to itself</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is no file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file is gone</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This program used the connection to the server wrongly</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The conversation with the server went wrong</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The other side does not follow the upload protocol</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server&apos;s certificate is not trusted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection could not be secured, so nothing was sent. Check the address. If your hospital uses its own certificates, they must be installed on this computer; ask your IT department.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection was lost</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection to the server was cut. Try again; what was already stored is not sent again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server stopped the connection</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>More was sent at once than the server allows. This is a fault of this program; please report it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file is not sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This upload is already under way</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The same upload is running in another window or on another computer. Wait for it, or stop it there.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server does not take this upload</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The mode, the destination or the profile is not allowed for your user. Choose another one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The upload journal is from a newer version</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A newer version of this program was used on this computer. Install it again to go on.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The upload journal can&apos;t be used</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check the free space and the rights of the program&apos;s data folder, then try again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The key list could not be written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing was sent. Check the free space and the rights of the program&apos;s data folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No permission</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your user may not do this on the server. Ask its administrators for the permission.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This is not an upload server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something answers at this address, but it does not take uploads. Check the address; the upload service may not be installed on this server.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The output folder can&apos;t be written</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check that the folder exists, that you may write there, and that there is enough space.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection would not be encrypted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing is sent unencrypted to another computer. Use an address that begins with https://.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The plan does not fit the server any more</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign in again and check the upload once more. Nothing was sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server has a fault</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server could not go on. Try again later; if it stays so, tell its administrators.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server has no space left</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server can&apos;t take more at the moment. Tell its administrators; the upload can be continued later.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server is locked</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Uploads are switched off at the moment, or the server is under maintenance. Try again later.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Program and server do not understand each other</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something was said that is not part of the protocol. Check whether the program fits the server&apos;s version.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server was not found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No computer of this name is known. Check the address, and whether you are in the right network.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server does not answer</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing answers at this address. The server may be switched off, or a firewall is in between. Check the address and the port, or try again later.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Too large for the server</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Something was larger than the server takes. Ask its administrators for its limits.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The upload failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Try again. What was already stored is not sent again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Program and server do not fit together</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This program is too old or too new for the server. Install the version that belongs to it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The token was not accepted</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server does not know this token, or it has expired or was revoked. Make a new token on the server and sign in again.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Formats</name>
    <message>
        <source>{size} per second</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>HeldSeriesTable</name>
    <message>
        <source>Series</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why it is held back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>send as it is</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>leave out</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>InventoryTree</name>
    <message>
        <source>Patient, study, series</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Becomes</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Date</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Images</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Size</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>When you send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>no value</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>(no PatientID)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Study without a description</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Series without a description</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{sent} of {all} series sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>held back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not in the batch file</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>MainWindow</name>
    <message>
        <source>Add a folder</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add a zip archive</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Zip archives (*.zip)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the batch file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CSV and Excel (*.csv *.txt *.tsv *.xlsx)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Load the department&apos;s key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save a copy of the department&apos;s key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>CSV (*.csv)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Excel (*.xlsx)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the key list</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save the report</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Report (*.json)</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send {images} of {patients} with real names?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names, birth dates and IDs go to {destination} as they are. This can&apos;t be undone.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Send with real names</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Go back</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Cancel this upload?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What is not yet delivered will not be delivered any more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Cancel upload</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Go on sending</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An upload is under way</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>If you close the window now, it stops. Sending the same again goes on where it ended.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Stop and close</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Language</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add &amp;folder …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add f&amp;iles …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Add &amp;zip archive …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Language of the &amp;system</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ModePanel</name>
    <message>
        <source>&amp;Pseudonyms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>With the department&apos;s secret &amp;key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Without the key nobody can find out by trying which PatientID a pseudonym stands for.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Make a key</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;Load from file …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save a cop&amp;y …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose &amp;batch file …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pseudonym of this patie&amp;nt</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Department: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>none, see above</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer has no key of your department yet.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The key is ready.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No keyring here: a key is kept for this session only. Save a copy.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>No file chosen.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Real names will be sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names, birth dates and IDs are sent as they are. You confirm it once more before sending.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Modes</name>
    <message>
        <source>Internal pseudonyms</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pseudonyms from a batch file</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One fixed pseudonym</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None: real names</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Computed from your department and the PatientID: the same patient always gets the same pseudonym.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>From your list (CSV or Excel) with the columns PatientID and Pseudonym.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You type it. Only for the files of a single patient.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Names, birth dates and IDs are sent as they are.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>not permitted for you</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>the server has no department for you</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ProgressView</name>
    <message>
        <source>Cancel uploa&amp;d</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Progress of the upload</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Studies on their way</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>{done} of {all}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stored</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>delivered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>refused</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Pseudonym</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>State</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Delivered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Message</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Reasons</name>
    <message>
        <source>Not a DICOM file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A DICOMDIR: only a table of contents. The images are sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>This computer does not let you read it. Check its rights.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It is no longer there. Was the CD or drive removed?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It lacks an identifier (UID) that every DICOM image must have.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An exact copy of another file here. It is sent once.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Another file has the same identifier (UID) and other content. Neither is sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A link that leads back to its own folder.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Not a file but a device or a connection.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A zip archive that is encrypted, damaged or inside another. Unpack it first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file says that text is burned into the picture.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Ultrasound devices often write the name into the picture.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A picture of a screen may show the patient&apos;s name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A scanned document or film may show the patient&apos;s name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A photograph may show the patient&apos;s face or name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A video may show the patient&apos;s face or name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A document (PDF) may hold the patient&apos;s name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>A saved screen may show the patient&apos;s name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stored screens of X-ray consoles may show the name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server does not accept such series.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pseudonym does not have the form of this mode.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The PatientID is too long, or has characters that can&apos;t be used.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The batch file does not list this patient.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None of the studies and series that the batch file names for this patient is here.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The pseudonym is the patient&apos;s own ID, name or birth date. Choose another one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You left it out.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The batch file selects other studies or series.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file changed while it was sent. Add it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file is no longer there. Was the CD or drive removed?</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file can&apos;t be read any more.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file is damaged. Copy it again from its source.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The files hold no PatientID: it can&apos;t be sai.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>After pseudonymization something of the patient was still in the file, so it was not sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file could not be pseudonymized completely, so it was not sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The program failed twice at this file, so it was not sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The output folder holds another file of this name.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file is larger than the server accepts.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The upload ended before its turn.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server found that the file is not pseudonymized.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server found another pseudonym than was announced.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server found data that must not leave the hospital.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>It was pseudonymized by other rules than the server demands.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file has another identifier (UID) than was announced.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server could not read the file as DICOM.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file was changed on its way. Send it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file did not arrive completely. Send it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server already has another image with this identifier (UID).</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The file has an identifier (UID) that is not valid.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server has already closed this upload. Start a new one.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You are not permitted to use these pseudonyms.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You are not permitted to send to this destination.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server has another number of images than were sent.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Your space on the server is used up. Ask its administrators.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server has no space left. Tell its administrators.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server could not write the file. Send it again later.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ReceiptPage</name>
    <message>
        <source>Save &amp;key list …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Save &amp;report …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>&amp;New upload</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What did not arrive, and why</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>found</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>pseudonymized</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>sent</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>stored</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>delivered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Why</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Rows</name>
    <message>
        <source>no value</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>ScanStrip</name>
    <message>
        <source>Sto&amp;p</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking through the files</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Looking through the files: {files}, {images} found</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>Sending</name>
    <message>
        <source>Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>First add a folder, files or a zip archive.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Wait until everything was looked at.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sign in to your server first.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose a destination.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose how patients are named.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Choose the batch file.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Correct the batch file, then choose it again.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Type the pseudonym.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Correct the pseudonym.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Make or load the department&apos;s key, or untick it.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>These pseudonyms don&apos;t fit what was found.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>One moment …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>None of these patients can be sent: see the list.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything is held back: decide in the list.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Nothing of this can be sent: see the list.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>An upload is under way.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Connecting …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Sending to {destination}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The connection was lost. Trying again …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything is sent. The server is delivering to {destination}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Stopping …</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>waiting</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>in progress</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>canceled</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>delivered</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>delivered with warnings</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>failed</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What was sent is at {destination}. The rest is listed with its reasons.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>The server goes on trying to reach {destination}. You may close the window.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>What did not arrive is listed. Sending again goes on where it ended.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Everything that was found is at {destination}.</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>You stopped this upload. Nothing more of it is delivered.</source>
        <translation type="unfinished"></translation>
    </message>
</context>
<context>
    <name>StepBar</name>
    <message>
        <source>Drop</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Check</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Send</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Step {number} of 3: {name}</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>done</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>you are here</source>
        <translation type="unfinished"></translation>
    </message>
    <message>
        <source>Steps</source>
        <translation type="unfinished"></translation>
    </message>
</context>
</TS>
