"""A life on every store."""

import pytest

from tests.rederiving.life import Life


@pytest.fixture
def life(store, tmp_path, closing_later):
    life = Life(store, tmp_path)
    closing_later(life.services)
    return life
