"""What holds for all tests."""

import gc


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: collections, of which some tests ask for one each, pass over it."""
    gc.collect()
    gc.freeze()
