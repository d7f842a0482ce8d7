"""What can go wrong with the account.

    AccountError
        InvalidAddress          the text is no address of a server
        InsecureAddress         an unencrypted address that is not this machine (or not allowed to be)
        InvalidToken            the text can't be a token
        KeyringUnavailable      the system has no keyring that we trust, or it doesn't answer
            KeyringIsLocked     it is there, and locked
        DepartmentKeyExists     a department's key is never replaced
        NoDepartmentKey         there is none to export
        ServerIsSet             another server than whoever manages this computer has set
        SettingsError           the settings can't be read or written

Messages never hold a token, a key or a patient's data.
"""

from adit_uploader.filled import Filled


class AccountError(Exception):
    """Base of this room's errors. title: what; message: why, and what to do; both for people."""

    def __init__(self, title: str, message: str) -> None:
        super().__init__(f"{title}: {message}")
        self.title = title
        self.message = message


class InvalidAddress(AccountError):
    def __init__(self, message: str) -> None:
        super().__init__("This is not the address of a server", message)


class InsecureAddress(AccountError):
    def __init__(self, message: str) -> None:
        super().__init__("The connection to this server would not be encrypted", message)


class InvalidToken(AccountError):
    def __init__(self, message: str) -> None:
        super().__init__("This is not a token", message)


class KeyringUnavailable(AccountError):
    """No keyring can be used; the caller may keep the token in memory for the session, and says so."""

    def __init__(self, message: str, title: str = "The system's keyring can't be used") -> None:
        super().__init__(title, message)


class KeyringIsLocked(KeyringUnavailable):
    def __init__(self) -> None:
        super().__init__(
            "Unlock it (the system asks for its password, often the one you log in with), then try again.",
            title="The system's keyring is locked",
        )


class DepartmentKeyExists(AccountError):
    def __init__(self) -> None:
        super().__init__(
            "This department has another key already",
            "A key is never replaced, because the pseudonyms made with it could not be made again. "
            "Export the old key and keep it safe; then remove it, and try again.",
        )


class NoDepartmentKey(AccountError):
    def __init__(self) -> None:
        super().__init__(
            "This department has no key on this machine",
            "Import the key file that your department keeps. Only if there is none, make a new key.",
        )


class ServerIsSet(AccountError):
    """Another server than the one that is set for all users of this computer."""

    def __init__(self, server: str) -> None:
        super().__init__("Another server is set by your IT department", Filled("Sign in to {server}.", server=server))


class SettingsError(AccountError):
    pass
