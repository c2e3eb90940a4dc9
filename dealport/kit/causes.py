"""Why another server could not be reached, in words an operator can act on: no address, no path, no credential."""

from __future__ import annotations

import errno
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator

CERTIFICATE = "its certificate is not trusted"
SILENT = "it did not answer in time"
_NUMBERS = {
    errno.ECONNREFUSED: "the connection was refused",
    errno.ECONNRESET: "it closed the connection",
    errno.EPIPE: "it closed the connection",
    errno.ECONNABORTED: "it closed the connection",
    errno.ENETUNREACH: "there is no route to it",
    errno.EHOSTUNREACH: "there is no route to it",
    errno.ETIMEDOUT: SILENT,
}


def network_cause(error: BaseException) -> str:
    """Return why a connection failed, as the end of a sentence; empty where that is not known.

    Client libraries wrap the system's error several times: the innermost one that says something is what counts.
    """
    causes = [text for text in map(_cause, _chain(error)) if text]
    return causes[-1] if causes else ""


def mail_problem(error: OSError) -> str:
    """Return what is wrong with the mail server, as a sentence. What the server said itself stays out of it."""
    code = f" ({error.smtp_code})" if isinstance(error, smtplib.SMTPResponseException) else ""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return f"The mail server refused the user name or the password{code}."
    if isinstance(error, smtplib.SMTPSenderRefused):
        return f"The mail server refused the sender, DEFAULT_FROM_EMAIL{code}."
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return "The mail server does not offer what the settings ask for, such as STARTTLS or a login."
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "The mail server cannot be reached: it closed the connection."
    if cause := network_cause(error):
        return f"The mail server cannot be reached: {cause}."
    return f"The mail server does not take mails: {type(error).__name__}{code}."


def _cause(error: BaseException) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        # such as: self-signed certificate; certificate has expired; Hostname mismatch, …
        reason = re.sub(r",.*", "", error.verify_message or "").strip()
        return f"{CERTIFICATE} ({reason[:1].lower()}{reason[1:]})" if reason else CERTIFICATE
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({(error.reason or 'unknown').lower().replace('_', ' ')})"
    if isinstance(error, socket.gaierror):
        return "the name of its host is unknown"
    if isinstance(error, TimeoutError):
        return SILENT
    return _NUMBERS.get(error.errno or 0, "") if isinstance(error, OSError) else ""


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and those it was made of, the outermost first."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        inner = [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
        inner += getattr(one, "kwargs", {}).values()
        waiting += [value for value in inner if isinstance(value, BaseException)]
