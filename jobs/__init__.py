"""The jobs: what is done at regular intervals. They decide nothing."""
