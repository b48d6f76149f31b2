"""A process that lives long goes through what it keeps as seldom as can be."""

import gc

from config.garbage import collect_seldom


def test_what_there_is_at_the_start_is_left_out_and_the_rest_collected_seldom() -> None:
    thresholds, frozen = gc.get_threshold(), gc.get_freeze_count()
    kept = [[] for _ in range(1_000)]  # type: ignore[var-annotated]
    gc.disable()  # as a command does while it reads its libraries
    try:
        collect_seldom()
        assert gc.isenabled()
        assert gc.get_freeze_count() >= frozen + len(kept)
        assert gc.get_threshold()[0] > 10 * 700
    finally:
        gc.enable()
        gc.set_threshold(*thresholds)
