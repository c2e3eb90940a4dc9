"""Where data and binaries lie and who runs them: PostgreSQL refuses to run as root."""

import hashlib
import os
import pwd
import shutil
import stat
import tempfile
from pathlib import Path
from typing import Any

from dealport.servers.home import ServerError, make_passable


def passable(path: Path) -> bool:
    """Return whether any user may reach `path`: every folder above it and itself can be entered by others."""
    path = path.resolve()
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in (path, *path.parents) if folder.exists())


def data_folder(home: Path) -> Path:
    """Return the folder for the data of the server whose home is `home`.

    That is the home itself, except for root when the unprivileged user could not reach it, as in a checkout
    below /root: then a folder of its own below /var/lib. Folders of others never change their mode.
    """
    if os.geteuid() != 0 or passable(home) or _owner(home / "data"):
        return home
    name = hashlib.sha256(str(home.resolve()).encode()).hexdigest()[:12]
    return _own_folder(Path("/var/lib/dealport") / name)


def throwaway_folder() -> Path:
    """Make a temporary folder that the user who runs the servers can reach."""
    bases = [Path(tempfile.gettempdir()), Path("/var/tmp"), Path("/tmp")]
    base = next((base for base in bases if os.geteuid() != 0 or passable(base)), bases[-1])
    folder = Path(tempfile.mkdtemp(prefix="dealport-", dir=base))
    make_passable(folder)
    return folder


def runtime_user(data: Path) -> dict[str, object]:
    """Return subprocess arguments for the user who runs the server: oneself, or for root the data's owner
    or nobody."""
    if os.geteuid() != 0:
        return {}
    owner = _owner(data)
    try:
        account = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    except KeyError:
        raise ServerError("PostgreSQL does not run as root and there is no user 'nobody' to run it") from None
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _owner(path: Path) -> int:
    return path.stat().st_uid if path.exists() else 0


def give_to(user: dict[str, Any], path: Path) -> None:
    """Hand a file or folder of ours to the user who runs the server."""
    if user:
        os.chown(path, user["user"], user["group"])


def reachable_package(package: Path, libraries: Path | None, *, version: str) -> Path:
    """Return the folder of an installed package that the server's user can run.

    When the virtual environment lies under a closed folder, root runs a copy below /var/lib.
    """
    if os.geteuid() != 0 or (passable(package) and _readable_by_all(package)):
        return package
    target = _own_folder(Path("/var/lib/dealport")) / f"{package.name}-{version}"
    if not target.exists():
        fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        for source in filter(None, (package, libraries)):
            shutil.copytree(source, fresh / source.name, symlinks=True)
        _open_for_all(fresh)
        try:
            fresh.rename(target)
        except OSError:  # another process copied it meanwhile
            shutil.rmtree(fresh)
    return target / package.name


def _readable_by_all(package: Path) -> bool:
    for path in (package, *package.rglob("*")):
        needed = stat.S_IROTH | stat.S_IXOTH if path.is_dir() else stat.S_IROTH
        if path.stat().st_mode & needed != needed:
            return False
    return True


def _open_for_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            executable = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            path.chmod(0o755 if executable else 0o644)


def _own_folder(folder: Path) -> Path:
    """Make a folder that belongs to us and nobody else can replace; refuse one that does not."""
    for path in (folder.parent, folder) if folder.parent.name == "dealport" else (folder,):
        path.mkdir(mode=0o755, exist_ok=True)
        found = path.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
            raise ServerError(f"{path} belongs to somebody else: remove it, or move the project")
        path.chmod(0o755)
    return folder
