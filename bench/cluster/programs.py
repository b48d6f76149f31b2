"""The programs of the cluster: where they are, and what to install where one is missing. Nothing is installed here."""

import shutil
from collections.abc import Mapping
from pathlib import Path

# The package of Debian in which each is.
PACKAGES = {
    "patroni": "patroni",
    "patronictl": "patroni",
    "etcd": "etcd-server",
    "haproxy": "haproxy",
    "pgbouncer": "pgbouncer",
    "postgres": "postgresql-15",
}
_ALSO_IN = "/usr/sbin:/usr/bin:/sbin:/bin"


def found() -> dict[str, Path | None]:
    """The path of each program; None where it is missing."""
    paths = {name: shutil.which(name) or shutil.which(name, path=_ALSO_IN) for name in PACKAGES}
    servers = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    return {name: Path(path) if path else None for name, path in paths.items()} | {
        "postgres": servers[-1] if servers else None
    }


def missing_words(paths: Mapping[str, Path | None]) -> str | None:
    """What to say to whoever has to install something; None where all is there."""
    missing = [name for name in PACKAGES if paths[name] is None]
    if not missing:
        return None
    packages = " ".join(sorted({PACKAGES[name] for name in missing}))
    return (
        f"The cluster needs {', '.join(missing)}, which this machine has not got.\n"
        f"  Debian 12:  sudo apt-get install --no-install-recommends {packages}\n"
        "Debian starts what it installs; this ends that:\n"
        "  sudo systemctl disable --now patroni etcd haproxy pgbouncer postgresql\n"
        "The cluster starts servers of its own, as an unprivileged user, in a folder that is gone at the end."
    )
