"""What can go wrong on the way to the receiver.

    TransferError
    ├── LineError                  something between here and the receiver
    │   ├── WrongToken             4401
    │   ├── NoPermission           4403
    │   ├── ServerNotFound         the name can't be resolved
    │   ├── ServerUnreachable      nothing answers at the address
    │   ├── NotAReceiver           something answers, but no receiver
    │   ├── CertificateRefused     TLS: the certificate is not trusted
    │   │   ├── CertificateSelfSigned    vouches for itself: may be pinned
    │   │   ├── CertificateOfNobody      of an authority that this computer doesn't know
    │   │   ├── CertificateExpired
    │   │   ├── CertificateNotYetValid
    │   │   ├── CertificateOfAnother     made for another name
    │   │   ├── CertificateRevoked
    │   │   ├── CertificateWeak
    │   │   └── CertificateChanged       not the one that was pinned
    │   ├── TlsTooOld              the server has no version of TLS that is still safe
    │   ├── TlsCut                 broken off while it was being secured
    │   ├── TlsFailed              any other way in which it can't be secured
    │   ├── AuthoritiesUnusable    the file of own authorities
    │   ├── ProxyError             the proxy on the way
    │   │   ├── ProxySettingWrong        its address is none
    │   │   ├── ProxyUnreachable         it does not answer, or does not reach the server
    │   │   ├── ProxyWantsPassword       407, or SOCKS authentication
    │   │   ├── ProxyRefuses             403 and the like
    │   │   ├── ProxyAnswersNonsense
    │   │   └── ProxyHangsUp
    │   ├── PlainConnectionRefused ws:// to another machine
    │   ├── VersionMismatch        4426
    │   ├── TooManyFailedLogins    4420
    │   ├── ReceiverLocked         4423
    │   ├── ReceiverFull           4507
    │   ├── JobInUse               4409
    │   ├── CreditExceeded         4429
    │   ├── ReceiverFailed         4500
    │   ├── TooLarge               4413
    │   ├── RuleBroken             4400, or what arrived is not of this protocol
    │   └── ConnectionLost         cut, or no acknowledgement for too long
    ├── JobRefused                 the receiver does not take the job as asked
    ├── PlanOutdated               the plan was made for another login
    ├── JobChanged                 what is to go on is not what was begun
    ├── JobRunsElsewhere           another window or command sends it at the moment
    ├── InstanceRefusal            one instance can't be sent; the others go on
    ├── KeyListNotWritten          so nothing was sent
    ├── JournalError
    │   ├── JournalUnusable        can't be opened or written
    │   ├── JournalFull            this computer's disk is full
    │   └── JournalTooNew          written by a newer version of the program
    └── OutputNotWritable          the folder of a local run

Every error carries ``title`` and ``message`` for people, with what to do, and never a patient's data.
"""

from typing import ClassVar

from adit_uploader.filled import Filled, ReceiversWords


class TransferError(Exception):
    """Base of all errors of this room.

    Attributes:
        title: a few words, for a heading.
        message: what happened and what to do, in plain words.
        retriable: whether the same again, later and unchanged, can help.
    """

    title: ClassVar[str] = "The upload failed"
    default_message: ClassVar[str] = "Try again. What was already stored is not sent again."
    retriable: ClassVar[bool] = False

    def __init__(self, message: str = "") -> None:
        self.message = message or self.default_message
        super().__init__(self.message)


class LineError(TransferError):
    """Something between here and the receiver."""


class WrongToken(LineError):
    """Close code 4401."""

    title = "The token was not accepted"
    default_message = (
        "The server does not know this token, or it has expired or was revoked. Make a new token on the server and "
        "sign in again."
    )


class NoPermission(LineError):
    """Close code 4403."""

    title = "No permission"
    default_message = "Your user may not do this on the server. Ask its administrators for the permission."


class ServerNotFound(LineError):
    """The name of the server can't be resolved."""

    title = "The server was not found"
    default_message = "No computer of this name is known. Check the address, and whether you are in the right network."
    retriable = True  # without any network no name is known


class ServerUnreachable(LineError):
    """Nothing answers at the address."""

    title = "The server does not answer"
    default_message = (
        "Nothing answers at this address. The server may be switched off, or a firewall is in between. Check the "
        "address and the port, or try again later."
    )
    retriable = True


class NotAReceiver(LineError):
    """Something answers, but no receiver."""

    title = "This is not an upload server"
    default_message = (
        "Something answers at this address, but it does not take uploads. Check the address; the upload service may "
        "not be installed on this server."
    )


class CertificateRefused(LineError):
    """The certificate is not trusted by this computer."""

    title = "The server's certificate is not trusted"
    default_message = (
        "The connection could not be secured, so nothing was sent. Check the address. If your hospital uses its own "
        "certificates, they must be installed on this computer; ask your IT department."
    )


class CertificateSelfSigned(CertificateRefused):
    """It vouches for itself; whoever has compared its fingerprint may pin it."""

    title = "The server's certificate is signed by nobody but itself"
    default_message = (
        "Nothing was sent, because anybody could have made it. Ask the server's administrators for the certificate's "
        "SHA-256 fingerprint, and sign in on the command line: adit-uploader login shows the fingerprint and asks."
    )


class CertificateOfNobody(CertificateRefused):
    """Issued by an authority that neither the system nor the own CA file knows."""

    title = "The server's certificate comes from an unknown authority"
    default_message = (
        "Nothing was sent, because this computer does not know who signed it. If your hospital has an authority of its "
        "own, its certificate must be installed on this computer, or named by --ca-file; ask your IT department."
    )


class CertificateExpired(CertificateRefused):
    title = "The server's certificate has expired"
    default_message = (
        "Nothing was sent. Check this computer's clock first. If it is right, tell the server's administrators: they "
        "must renew the certificate."
    )


class CertificateNotYetValid(CertificateRefused):
    title = "The server's certificate is not valid yet"
    default_message = (
        "Nothing was sent. Very likely this computer's clock is wrong: check date and time. If they are right, tell "
        "the server's administrators."
    )


class CertificateOfAnother(CertificateRefused):
    title = "The server's certificate was made for another name"
    default_message = (
        "Nothing was sent. Use the address with the name that stands in the certificate; an IP address or a short name "
        "is often not in it. Ask the server's administrators for the right address."
    )


class CertificateRevoked(CertificateRefused):
    title = "The server's certificate was revoked"
    default_message = "Nothing was sent: its issuer says that it must not be trusted. Tell the server's administrators."


class CertificateWeak(CertificateRefused):
    title = "The server's certificate is too weak"
    default_message = (
        "Nothing was sent: its key or signature is of a kind that can be forged today. Tell the server's "
        "administrators: they must renew the certificate."
    )


class CertificateChanged(CertificateRefused):
    """Not the certificate that the user has confirmed."""

    title = "The server has another certificate than before"
    SENTENCE = (
        "Nothing was sent: it may be another server that pretends to be yours. You have confirmed {expected}, "
        "and the server now shows {found}. Ask its administrators whether they have changed it. If so, and if "
        "they name the same fingerprint, sign in again by adit-uploader login --server URL --pin FINGERPRINT."
    )

    def __init__(self, *, expected: str, found: str) -> None:
        """expected, found: fingerprints, as people compare them."""
        super().__init__(Filled(self.SENTENCE, expected=expected, found=found))
        self.expected = expected
        self.found = found


class TlsTooOld(LineError):
    title = "The server's encryption is out of date"
    default_message = (
        "It only offers kinds of encryption that are not safe any more, so nothing was sent. Tell its administrators: "
        "it must speak TLS 1.2 or newer."
    )


class TlsCut(LineError):
    title = "The connection was cut while it was being secured"
    default_message = (
        "The server, or a firewall or filter on the way, broke it off before anything was sent. Try again; if it stays "
        "so, ask your IT department to let TLS connections to this server through unchanged."
    )
    retriable = True


class TlsFailed(LineError):
    title = "The connection can't be secured"
    default_message = (
        "Program and server do not find a common kind of encryption, or the server asks for a certificate of this "
        "computer. Nothing was sent. Tell the server's administrators."
    )


class AuthoritiesUnusable(LineError):
    title = "The file of certificate authorities can't be used"
    default_message = "Check its name in --ca-file or in the settings; it must hold certificates in PEM form."


class ProxyError(LineError):
    """The network's proxy, which stands between here and the server."""


class ProxySettingWrong(ProxyError):
    title = "The setting of the network's proxy is wrong"
    default_message = (
        "Its address must look like http://proxy.example.org:3128 or socks5h://proxy.example.org:1080. It comes from "
        "--proxy, from the settings, from the environment (HTTPS_PROXY), or from the system."
    )


class ProxyUnreachable(ProxyError):
    title = "The network's proxy does not answer"
    default_message = (
        "The way to the server leads over a proxy, where nothing answers. Check whether you are in the right network, "
        "and the proxy's address in the system's settings; --proxy none goes without it."
    )
    retriable = True


class ProxyWantsPassword(ProxyError):
    title = "The network's proxy asks for a password"
    default_message = (
        "It does not let the connection through without a user name and password, or those that it got are wrong. Put "
        "them into the proxy's address in the settings or in HTTPS_PROXY (http://user:password@proxy:3128), or ask "
        "your IT department for a way without."
    )


class ProxyRefuses(ProxyError):
    title = "The network's proxy refuses this server"
    default_message = "The proxy does not let connections to this server through. Ask your IT department to allow it."


class ProxyAnswersNonsense(ProxyError):
    title = "What is set as the network's proxy is none"
    default_message = (
        "Something answers at the proxy's address, but it is no proxy of the kind that is set. Check the address and "
        "its kind (http or socks5) in the system's settings, or ask your IT department."
    )


class ProxyHangsUp(ProxyError):
    title = "The network's proxy broke the connection off"
    default_message = (
        "It closed the connection before it had answered. Try again later; if it stays so, ask your IT department."
    )
    retriable = True


class PlainConnectionRefused(LineError):
    """ws:// to another machine."""

    title = "The connection would not be encrypted"
    default_message = "Nothing is sent unencrypted to another computer. Use an address that begins with https://."


class VersionMismatch(LineError):
    """Close code 4426."""

    title = "Program and server do not fit together"
    default_message = "This program is too old or too new for the server. Install the version that belongs to it."


class TooManyFailedLogins(LineError):
    """Close code 4420."""

    title = "The server asks for a pause"
    default_message = (
        "Too many logins with wrong tokens have come to the server from your network. Wait a minute, then try again."
    )
    retriable = True


class ReceiverLocked(LineError):
    """Close code 4423."""

    title = "The server is locked"
    default_message = "Uploads are switched off at the moment, or the server is under maintenance. Try again later."
    retriable = True


class ReceiverFull(LineError):
    """Close code 4507."""

    title = "The server has no space left"
    default_message = (
        "The server can't take more at the moment. Tell its administrators; the upload can be continued later."
    )
    retriable = True


class JobInUse(LineError):
    """Close code 4409."""

    title = "This upload is already under way"
    default_message = (
        "The same upload is running in another window or on another computer. Wait for it, or stop it there."
    )
    retriable = True


class CreditExceeded(LineError):
    """Close code 4429: a fault of this program."""

    title = "The server stopped the connection"
    default_message = "More was sent at once than the server allows. This is a fault of this program; please report it."


class ReceiverFailed(LineError):
    """Close code 4500."""

    title = "The server has a fault"
    default_message = "The server could not go on. Try again later; if it stays so, tell its administrators."
    retriable = True


class TooLarge(LineError):
    """Close code 4413."""

    title = "Too large for the server"
    default_message = "Something was larger than the server takes. Ask its administrators for its limits."


class RuleBroken(LineError):
    """Close code 4400, or what arrived is not of this protocol."""

    title = "Program and server do not understand each other"
    default_message = (
        "Something was said that is not part of the protocol. Check whether the program fits the server's version."
    )


class ConnectionLost(LineError):
    """Cut, or no acknowledgement for too long."""

    title = "The connection was lost"
    default_message = "The connection to the server was cut. Try again; what was already stored is not sent again."
    retriable = True


class JobRefused(TransferError):
    """The receiver does not take the job as asked.

    Attributes:
        code: a ``RefusalCode``, or what else the receiver said.
    """

    title = "The server does not take this upload"
    default_message = "The mode, the destination or the profile is not allowed for your user. Choose another one."

    def __init__(self, message: str = "", *, code: str = "", retriable: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.may_be_repeated = retriable


def refused_by_receiver(text: str, code: str, *, retriable: bool) -> JobRefused:
    """The error for what the receiver said."""
    return JobRefused(ReceiversWords(text, code) if text else "", code=code, retriable=retriable)


class PlanOutdated(TransferError):
    """The plan was made for another login: its site key is not the one that the receiver has for this user now."""

    title = "The plan does not fit the server any more"
    default_message = "Sign in again and check the upload once more. Nothing was sent."


class JobChanged(TransferError):
    """The files, the pseudonyms or the settings are not those with which the job was begun."""

    title = "This is not the upload that was begun"
    default_message = (
        "Since then files were added, changed or removed, or the server's settings have changed. Nothing was sent. To "
        "send what is there now, give the upload command again: it makes a new job."
    )


class JobRunsElsewhere(TransferError):
    """Another process of this computer runs the same job."""

    title = "This upload is under way already"
    default_message = (
        "Another window or command of this program sends it at the moment. Wait for its end, or stop it there. Nothing "
        "was sent from here."
    )
    retriable = True


class InstanceRefusal(TransferError):
    """One instance can't be sent; the others go on.

    Attributes:
        code: stable, see ``ReasonCode``, or the receiver's ``RefusalCode``.
    """

    title = "The file is not sent"

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class KeyListNotWritten(TransferError):
    """The key list comes first; without it nothing is sent."""

    title = "The key list could not be written"
    default_message = "Nothing was sent. Check the free space and the rights of the program's data folder."


class JournalError(TransferError):
    """Base of the journal's errors."""


class JournalUnusable(JournalError):
    """Can't be opened or written."""

    title = "The upload journal can't be used"
    default_message = "Check the free space and the rights of the program's data folder, then try again."


class JournalFull(JournalError):
    """There is no room left for it."""

    title = "The disk of this computer is full"
    default_message = (
        "The upload has paused, since the program can't write down any more what was sent. Make room on the disk of "
        "its data folder, then go on with the upload; what is stored is not sent again."
    )


class JournalTooNew(JournalError):
    """Written by a newer version of the program."""

    title = "The upload journal is from a newer version"
    default_message = "A newer version of this program was used on this computer. Install it again to go on."


class OutputNotWritable(TransferError):
    """The folder of a local run can't be used."""

    title = "The output folder can't be written"
    default_message = "Check that the folder exists, that you may write there, and that there is enough space."
