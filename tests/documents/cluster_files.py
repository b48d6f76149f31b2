"""What a council's IT writes for a cluster, from the templates that `make cluster` runs with.

It stands in docs/operations.md: `python -m tests.documents.cluster_files`.
"""

import sys
from string import Template

from bench.cluster.children import TEMPLATES

_MACHINES = ("machine-a", "machine-b", "machine-c")
FILES = {
    "patroni.yml": {
        "name": "machine-a",
        "rest_listen": "machine-a:8008",
        "rest_address": "machine-a:8008",
        "etcd": ",".join(f"{machine}:2379" for machine in _MACHINES),
        "only_these": "",
        "listen": "machine-a:5432",
        "address": "machine-a:5432",
        "network": "10.0.0.0/24",
        "data": "/var/lib/postgresql/15/planwatch",
        "programs": "/usr/lib/postgresql/15/bin",
        "sockets": "/var/run/postgresql",
        "pgpass": "/var/lib/postgresql/.pgpass-patroni",
        "password": "SECRET",
    },
    "haproxy.cfg": {
        "listen": "127.0.0.1:5000",
        "address_a": "machine-a:5432",
        "address_b": "machine-b:5432",
        "rest_port_a": "8008",
        "rest_port_b": "8008",
    },
    "pgbouncer.ini": {
        "host": "127.0.0.1",
        "port": "5000",
        "listen_host": "127.0.0.1",
        "listen_port": "6432",
        "users": "/etc/pgbouncer/userlist.txt",
        "pool_mode": "session",
        "log": "/var/log/postgresql/pgbouncer.log",
    },
}


def written(name: str) -> str:
    """A file as the IT of a council writes it, indented as a document shows it."""
    lines = Template((TEMPLATES / name).read_text()).substitute(FILES[name]).splitlines()
    return "".join(f"    {line}\n" if line else "\n" for line in lines)


if __name__ == "__main__":
    sys.stdout.write("".join(f"`{file}`:\n\n{written(file)}\n" for file in FILES))
