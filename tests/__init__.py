"""What planwatch claims to do, each claim as a test."""

import os
import sys

# Where it is switched off, each worker and each process that a test starts would compile everything anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
