"""A life on every store."""

import pytest

from tests.rederiving.life import Life


@pytest.fixture
def life(store, tmp_path):
    life = Life(store, tmp_path)
    yield life
    life.services.ingest.close()
