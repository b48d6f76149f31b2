"""What stands before the database: HAProxy, which leads to the primary, and PgBouncer before it."""

import asyncio
from pathlib import Path

from bench.cluster.children import Child, free_port, give_away, write
from bench.cluster.machines import PASSWORD, Cluster, Programs


class Front:
    """Both, and the addresses of the database through each."""

    def __init__(self, folder: Path, programs: Programs, cluster: Cluster) -> None:
        """Nothing runs before `start`."""
        self._folder, self._programs, self._cluster = folder / "front", programs, cluster
        self._haproxy_port = free_port()
        self._children: list[Child] = []

    async def start(self) -> None:
        """Start HAProxy."""
        self._folder.mkdir()
        give_away(self._folder)
        values = {
            f"{word}_{machine.name}": value
            for machine in self._cluster.machines
            for word, value in (
                ("address", f"127.0.0.1:{machine.to_clients.port}"),
                ("rest_port", machine.to_patroni.port),
            )
        }
        file = write("haproxy.cfg", self._folder, listen=f"127.0.0.1:{self._haproxy_port}", **values)
        self._children.append(Child([self._programs["haproxy"], "-f", file], self._folder, "haproxy"))

    def pooler(self, pool_mode: str) -> str:
        """Start a PgBouncer in this mode; the address of the database through it."""
        folder = self._folder / pool_mode
        folder.mkdir()
        users = folder / "userlist.txt"
        users.write_text(f'"planwatch" "{PASSWORD}"\n')
        give_away(users)
        port = free_port()
        file = write(
            "pgbouncer.ini",
            folder,
            host="127.0.0.1",
            port=self._haproxy_port,
            listen_host="127.0.0.1",
            listen_port=port,
            users=users,
            pool_mode=pool_mode,
            log=folder / "log",
        )
        give_away(folder)
        self._children.append(Child([self._programs["pgbouncer"], file], folder, "pgbouncer"))
        return address(f"127.0.0.1:{port}")

    @property
    def proxied(self) -> str:
        """The address of the database through HAProxy."""
        return address(f"127.0.0.1:{self._haproxy_port}")

    @property
    def listed(self) -> str:
        """The address that names both servers."""
        hosts = "&".join(f"host=127.0.0.1:{machine.to_clients.port}" for machine in self._cluster.machines)
        return address("", f"?{hosts}")

    async def stop(self) -> None:
        """End all of it."""
        for child in reversed(self._children):
            await asyncio.to_thread(child.stop)


def address(host: str, options: str = "") -> str:
    """The address of the database, as planwatch is told it."""
    return f"postgresql://planwatch:{PASSWORD}@{host}/planwatch{options}"
