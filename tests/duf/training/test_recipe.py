from dataclasses import replace
from pathlib import Path

import pytest

from duf.errors import DufError
from duf.training.recipe import rate, read_recipe
from tests.duf.training.test_trainer import RECIPE

RECIPES = Path(__file__).parents[3] / "duf" / "recipes"


def test_the_rate_rises_then_falls():
    rates = [rate(RECIPE, step) for step in range(9)]
    assert rates[0] < rates[1] == pytest.approx(1e-3)
    assert rates[2:] == sorted(rates[2:], reverse=True)
    assert rates[-1] == pytest.approx(1e-5)


def test_each_cosine_after_the_first_is_twice_as_long():
    recipe = replace(RECIPE, warmup=0, period=2)
    rates = [rate(recipe, step) for step in range(8)]
    assert rates[2] == pytest.approx(recipe.floor)
    assert rates[6] == pytest.approx(recipe.floor)
    assert rates[4] == pytest.approx((recipe.peak + recipe.floor) / 2)
    assert rates[3] > rates[4] < rates[7]


@pytest.mark.parametrize("file", sorted(RECIPES.glob("*.toml")), ids=lambda file: file.stem)
def test_every_recipe_can_be_read(file):
    assert read_recipe(file).steps > 0


def test_a_recipe_with_a_wrong_key_is_refused_by_name(tmp_path):
    file = tmp_path / "x.toml"
    file.write_text((RECIPES / "stream-x4.toml").read_text().replace("warmup", "warmpu"))
    with pytest.raises(DufError, match="warmpu"):
        read_recipe(file)
