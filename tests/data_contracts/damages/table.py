"""All damages, by name."""

from __future__ import annotations

from tests.data_contracts.damages.columns import COLUMNS
from tests.data_contracts.damages.damage import Damage
from tests.data_contracts.damages.distributions import DISTRIBUTIONS
from tests.data_contracts.damages.files import FILES
from tests.data_contracts.damages.texts import TEXTS

DAMAGES: dict[str, Damage] = COLUMNS | TEXTS | DISTRIBUTIONS | FILES
