import numpy as np

from duf.material.camera import draw_titles, film
from duf.material.lettering import lettering


def test_letters_have_the_colours_of_full_contrast() -> None:
    found = [lettering(96, np.random.default_rng(seed)) for seed in range(20)]
    assert all(mask.min() == 0 and mask.max() == 1 for _, mask in found)
    white_on_black = [picture for picture, _ in found if picture.min() == 0 and picture.max() == 255]
    assert len(white_on_black) > 5


def test_letters_that_are_higher_than_the_picture_are_cut() -> None:
    masks = [lettering(24, np.random.default_rng(seed))[1] for seed in range(20)]
    assert all(mask.shape == (24, 24) and mask.max() == 1 for mask in masks)


def test_titles_that_stand_still_are_the_same_in_every_frame() -> None:
    layers = [draw_titles(96, 4, np.random.default_rng(seed)) for seed in range(12)]
    still = [layer for layer in layers if not layer.path.speed.any()]
    assert 0 < len(still) < 12
    for layer in still:
        assert np.array_equal(layer.at(0, 96), layer.at(3, 96))


def test_a_film_has_titles_as_often_as_asked() -> None:
    grey = [np.full((200, 200, 3), 128, np.uint8)]
    for titles, seen in ((0.0, False), (1.0, True)):
        made = film(grey, 64, 2, 0.0, titles, np.random.default_rng(3))
        assert bool(np.ptp(made[0]) > 100) == seen
