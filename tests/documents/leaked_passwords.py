"""The passwords that thieves try first, as a file that names none of them.

`python -m tests.documents.leaked_passwords LIST` reads a list of leaked passwords, one a line. It writes the
beginnings of the digests of those that are long enough to be chosen. The file there is of the 100,000 that leaked most
often by Have I Been Pwned, as the National Cyber Security Centre published them (PwnedPasswordsTop100k.txt).
"""

import hashlib
import sys
from pathlib import Path

from service.use_cases.access import passwords

KEPT = Path(passwords.__file__).parent / "leaked_passwords.bin"


def main(source: Path) -> None:
    """Write the file, and say how many it holds."""
    lines = source.read_text(encoding="utf-8", errors="ignore").splitlines()
    plain = {line.casefold() for line in lines if len(line) >= passwords.SHORTEST and not line.startswith("*")}
    digests = sorted(hashlib.sha256(text.encode()).digest()[: passwords.DIGEST] for text in plain)
    KEPT.write_bytes(b"".join(digests))
    sys.stdout.write(f"{len(digests)} passwords, {KEPT.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
