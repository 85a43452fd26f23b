"""Segment's own packages, for its destinations to run against the real server."""

import subprocess

import pytest

from tests.mapping.oracle.packages import installed_packages, missing_tools


@pytest.fixture(scope="session")
def packages():
    missing = missing_tools()
    if missing:
        pytest.skip(f"NOT RUN: needs {' and '.join(missing)}")
    try:
        return installed_packages()
    except subprocess.CalledProcessError as error:
        pytest.skip(f"NOT RUN: Segment's packages cannot be had: {error.stderr[-300:]}")
