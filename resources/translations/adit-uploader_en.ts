<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_US">
<context>
    <name>Counts</name>
    <message numerus="yes">
        <source>%Ln patient(s)</source>
        <translation>
            <numerusform>%Ln patient</numerusform>
            <numerusform>%Ln patients</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln studies</source>
        <translation>
            <numerusform>%Ln study</numerusform>
            <numerusform>%Ln studies</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln series</source>
        <translation>
            <numerusform>%Ln series</numerusform>
            <numerusform>%Ln series</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s)</source>
        <translation>
            <numerusform>%Ln image</numerusform>
            <numerusform>%Ln images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln received image(s) lie on this computer and were not uploaded ({size}).</source>
        <translation>
            <numerusform>%Ln received image lies on this computer and was not uploaded ({size}).</numerusform>
            <numerusform>%Ln received images lie on this computer and were not uploaded ({size}).</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln received image(s) belong to uploads that are not finished, and stay for them.</source>
        <translation>
            <numerusform>%Ln received image belongs to an upload that is not finished, and stays for it.</numerusform>
            <numerusform>%Ln received images belong to uploads that are not finished, and stay for them.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln received image(s) from earlier were not uploaded</source>
        <translation>
            <numerusform>%Ln received image from earlier was not uploaded</numerusform>
            <numerusform>%Ln received images from earlier were not uploaded</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Delete %Ln received image(s)?</source>
        <translation>
            <numerusform>Delete %Ln received image?</numerusform>
            <numerusform>Delete %Ln received images?</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln series found</source>
        <translation>
            <numerusform>%Ln series found</numerusform>
            <numerusform>%Ln series found</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln day(s) earlier</source>
        <translation>
            <numerusform>%Ln day earlier</numerusform>
            <numerusform>%Ln days earlier</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln day(s) later</source>
        <translation>
            <numerusform>%Ln day later</numerusform>
            <numerusform>%Ln days later</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln item(s)</source>
        <translation>
            <numerusform>%Ln item</numerusform>
            <numerusform>%Ln items</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln element(s)</source>
        <translation>
            <numerusform>%Ln element</numerusform>
            <numerusform>%Ln elements</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s)</source>
        <translation>
            <numerusform>%Ln file</numerusform>
            <numerusform>%Ln files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln problem(s): see the list.</source>
        <translation>
            <numerusform>%Ln problem: see the list.</numerusform>
            <numerusform>%Ln problems: see the list.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln row(s), all in order.</source>
        <translation>
            <numerusform>%Ln row, all in order.</numerusform>
            <numerusform>%Ln rows, all in order.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>&amp;Send %Ln studies</source>
        <translation>
            <numerusform>&amp;Send %Ln study</numerusform>
            <numerusform>&amp;Send %Ln studies</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>&amp;Send %Ln studies, pseudonymized</source>
        <translation>
            <numerusform>&amp;Send %Ln study, pseudonymized</numerusform>
            <numerusform>&amp;Send %Ln studies, pseudonymized</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>&amp;Send %Ln studies WITH real names</source>
        <translation>
            <numerusform>&amp;Send %Ln study WITH real names</numerusform>
            <numerusform>&amp;Send %Ln studies WITH real names</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>All %Ln image(s) arrived</source>
        <translation>
            <numerusform>The image arrived</numerusform>
            <numerusform>All %Ln images arrived</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) arrived; some files could not be sent</source>
        <translation>
            <numerusform>1 image arrived; some files could not be sent</numerusform>
            <numerusform>%Ln images arrived; some files could not be sent</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Stopped: %Ln image(s) had been delivered</source>
        <translation>
            <numerusform>Stopped: %Ln image had been delivered</numerusform>
            <numerusform>Stopped: %Ln images had been delivered</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Stopped as you wished: %Ln image(s) arrived</source>
        <translation>
            <numerusform>Stopped as you wished: %Ln image arrived</numerusform>
            <numerusform>Stopped as you wished: %Ln images arrived</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Interrupted: %Ln image(s) are still to be sent</source>
        <translation>
            <numerusform>Interrupted: %Ln image is still to be sent</numerusform>
            <numerusform>Interrupted: %Ln images are still to be sent</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %Ln minute(s) left</source>
        <translation>
            <numerusform>about %Ln minute left</numerusform>
            <numerusform>about %Ln minutes left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>about %Ln hour(s) left</source>
        <translation>
            <numerusform>about %Ln hour left</numerusform>
            <numerusform>about %Ln hours left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Retry &amp;all that failed (%Ln)</source>
        <translation>
            <numerusform>Retry wh&amp;at failed (%Ln)</numerusform>
            <numerusform>Retry &amp;all that failed (%Ln)</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln upload(s) more after this one.</source>
        <translation>
            <numerusform>%Ln more upload after this one.</numerusform>
            <numerusform>%Ln more uploads after this one.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln key list(s) were never saved outside of this program.</source>
        <translation>
            <numerusform>%Ln key list was never saved outside of this program.</numerusform>
            <numerusform>%Ln key lists were never saved outside of this program.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>You have confirmed the certificates of %Ln server(s) yourself.</source>
        <translation>
            <numerusform>You have confirmed the certificate of %Ln server yourself.</numerusform>
            <numerusform>You have confirmed the certificates of %Ln servers yourself.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) stored</source>
        <translation>
            <numerusform>%Ln image stored</numerusform>
            <numerusform>%Ln images stored</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) delivered</source>
        <translation>
            <numerusform>%Ln image delivered</numerusform>
            <numerusform>%Ln images delivered</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) failed</source>
        <translation>
            <numerusform>%Ln image failed</numerusform>
            <numerusform>%Ln images failed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Stored on the server; %Ln image(s) not yet delivered</source>
        <translation>
            <numerusform>Stored on the server; %Ln image not yet delivered</numerusform>
            <numerusform>Stored on the server; %Ln images not yet delivered</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) did not arrive</source>
        <translation>
            <numerusform>%Ln image did not arrive</numerusform>
            <numerusform>%Ln images did not arrive</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) held back</source>
        <translation>
            <numerusform>%Ln image held back</numerusform>
            <numerusform>%Ln images held back</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) refused</source>
        <translation>
            <numerusform>%Ln image refused</numerusform>
            <numerusform>%Ln images refused</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln file(s) left out</source>
        <translation>
            <numerusform>%Ln file left out</numerusform>
            <numerusform>%Ln files left out</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln image(s) not selected</source>
        <translation>
            <numerusform>%Ln image not selected</numerusform>
            <numerusform>%Ln images not selected</numerusform>
        </translation>
    </message>
</context>
</TS>
