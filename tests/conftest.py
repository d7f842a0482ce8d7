"""What holds for all tests."""

import gc
from pathlib import Path

import pytest

from adit_uploader.demo.studies import make_demo_studies


def pytest_collection_finish() -> None:
    """What is imported by now stays to the end: collections, of which some tests ask for one each, pass over it."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def studies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's studies of two made-up patients; no test changes them, since they take seconds to make."""
    folder = tmp_path_factory.mktemp("studies")
    make_demo_studies(folder)
    return folder
