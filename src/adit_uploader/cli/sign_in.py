"""``adit-uploader login`` and ``logout``: the token of a server, into the system's keyring and out of it."""

import argparse
import getpass
import sys
from collections.abc import Iterator
from dataclasses import replace

from adit_uploader.account.servers import ServerAddress
from adit_uploader.account.tokens import TokenStore, check_token
from adit_uploader.protocol.messages import DestinationInfo, Policies
from adit_uploader.transfer.errors import TransferError
from adit_uploader.transfer.line import Line, shown

from .errors import ExitStatus, WrongUsage
from .line import add_line_options, line_of, remember
from .options import Subparsers, add_server_options
from .terminal import Terminal, size_text
from .tokens import parse_server, read_token_file

LOGIN = """\
Asks for your token, tries it at the server, and keeps it in the system's keyring (and nowhere else). You get a token on
the server's token page.
"""
LOGOUT = "Removes the token of a server from the system's keyring."


def register(subparsers: "Subparsers[argparse.ArgumentParser]") -> None:
    login = subparsers.add_parser("login", help="keep a server's token in the keyring", description=LOGIN)
    add_server_options(login, required=True)
    add_line_options(login)
    login.set_defaults(run=run_login)
    logout = subparsers.add_parser("logout", help="remove a server's token from the keyring", description=LOGOUT)
    logout.add_argument("--server", required=True, metavar="URL", help="address of the server")
    logout.set_defaults(run=run_logout)


def run_login(arguments: argparse.Namespace) -> int:
    from adit_uploader.transfer.errors import CertificateOfNobody, CertificateSelfSigned  # noqa: PLC0415 - as below
    from adit_uploader.transfer.sign_in import sign_in  # noqa: PLC0415 - only this command needs the line, whose import takes long

    terminal = Terminal()
    server = parse_server(arguments.server, insecure_loopback=arguments.insecure_loopback)
    line = line_of(arguments, server)
    store = TokenStore()
    store.probe()
    token = read_token_file(arguments.token_file) if arguments.token_file is not None else _typed_token()
    try:
        welcome = sign_in(server, token, line=line)
    except (CertificateSelfSigned, CertificateOfNobody) as error:
        line = replace(line, pin=_confirmed(terminal, server, line, error))
        welcome = sign_in(server, token, line=line)
    store.save(server, token)
    remember(arguments, server, line)
    terminal.say(f"Signed in to {server} as {welcome.user}, department {welcome.department or '(none)'}")
    terminal.say(f"Modes: {', '.join(welcome.modes) or 'none allowed'}")
    terminal.say(f"Destinations: {', '.join(map(_destination, welcome.destinations)) or 'none allowed'}")
    for term in _terms(welcome.policies):
        terminal.say(term)
    return ExitStatus.DONE


def _destination(offered: DestinationInfo) -> str:
    return f"{offered.name} (does not answer)" if offered.answers == "no" else offered.name


def _terms(policies: Policies) -> Iterator[str]:
    """What the receiver's administrator has decided, as far as it matters to who uploads."""
    if policies.quota:
        yield f"Room: {size_text(policies.used)} of {size_text(policies.quota)} used until it is delivered"
    if policies.forwarding_hours:
        yield f"Delivered from {policies.forwarding_hours}, urgent uploads at any time"
    if policies.verified_first:
        yield "Uploads are delivered once an administrator has looked at them"
    if policies.keep_files_days:
        yield f"What can't be delivered is deleted after {policies.keep_files_days} days"
    if policies.keep_jobs_days:
        yield f"The record of an upload is deleted {policies.keep_jobs_days} days after its end"


def run_logout(arguments: argparse.Namespace) -> int:
    server = parse_server(arguments.server, insecure_loopback=True)  # nothing is sent to it
    TokenStore().delete(server)
    Terminal().say(f"Signed out of {server}")
    return ExitStatus.DONE


def _confirmed(terminal: Terminal, server: ServerAddress, line: Line, error: TransferError) -> str:
    """The fingerprint of the server's certificate, once the user has said that it is the right one.

    Raises:
        TransferError: nobody is there to ask, or the user did not say so.
    """
    from adit_uploader.transfer.sign_in import shown_certificate  # noqa: PLC0415 - as above

    fingerprint = shown_certificate(server, line=line)
    terminal.problem(error.title, "Nothing was sent yet. The SHA-256 fingerprint of the certificate is")
    terminal.note(f"  {shown(fingerprint)}")
    terminal.note(
        "Compare it with what the server's administrators name, by telephone or on paper and not from this server. "
        "They see it by: openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE."
    )
    terminal.note(f"Without a terminal: --pin {fingerprint}")
    if terminal.ask("Is it the same, all of it? Type yes to trust this certificate from now on:") != "yes":
        raise error
    return fingerprint


def _typed_token() -> str:
    if not sys.stdin.isatty():
        raise WrongUsage("The token is missing", "There is no terminal to type it on; name a file by --token-file F.")
    return check_token(getpass.getpass("Token (it is not shown): "))
