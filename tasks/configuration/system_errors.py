"""What the operating system, the network or TLS refused, in plain words."""

from __future__ import annotations

import errno
import socket

WORDS = {
    errno.ENOENT: "there is no such file or folder",
    errno.EACCES: "this user has no permission",
    errno.EPERM: "this user has no permission",
    errno.EISDIR: "this is a folder",
    errno.ENOTDIR: "a folder in its path is a file",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EROFS: "the file system is read-only",
    errno.EIO: "the disk failed",
    errno.ENAMETOOLONG: "its name is too long",
    errno.ELOOP: "its links lead in a circle",
    errno.EMFILE: "too many files are open",
    errno.ECONNREFUSED: "the server refuses it",
    errno.ECONNRESET: "the server broke it off",
    errno.EPIPE: "the server broke it off",
    errno.ETIMEDOUT: "the server does not answer",
    errno.EHOSTUNREACH: "no network leads to the server",
    errno.ENETUNREACH: "no network leads to the server",
}
UNKNOWN_HOST = "there is no server of this name"
NO_USER = "there is no such user"
NO_TLS = "the server does not answer by https"
CERTIFICATES = {
    9: "it is not valid yet",
    10: "it has expired",
    18: "it is signed by itself",
    19: "the authority that signed it is unknown",
    20: "the authority that signed it is unknown",
    21: "the authority that signed it is unknown",
    62: "it is for another name",
    64: "it is for another address",
}
"""By OpenSSL's codes (X509_STORE_CTX_get_error(3))."""


def find_system_error(error: BaseException) -> OSError | None:
    """Return the innermost OSError among an exception and its causes, or None."""
    found, cause = None, error
    while cause is not None:
        found = cause if isinstance(cause, OSError) else found
        cause = cause.__cause__ or cause.__context__  # type: ignore[assignment]
    return found


def explain_system_error(error: BaseException) -> str:
    """Say in a few words what was refused.

    Args:
        error: an OSError, an exception that one caused, or the RuntimeError of
            `Path.expanduser`.
    """
    import ssl

    found = find_system_error(error)
    if found is None:
        return NO_USER if isinstance(error, RuntimeError) else str(error)
    if isinstance(found, ssl.SSLCertVerificationError):
        return CERTIFICATES.get(found.verify_code, "it is not valid")
    if isinstance(found, socket.gaierror):
        return UNKNOWN_HOST
    if isinstance(found, ssl.SSLError):
        return NO_TLS
    return WORDS.get(found.errno or 0, found.strerror or str(found))
