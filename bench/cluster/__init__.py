"""The cluster: what a council's IT would run, from Debian's packages on loopback, and what it does to planwatch.

Patroni over etcd with two PostgreSQL servers, one the synchronous standby of the other; HAProxy, which knows the
primary; PgBouncer before it; and two pairs of planwatch. Machines are killed and cut off under load, and counted is
what arrives at the other end. `make cluster` runs it.
"""
