"""`python -m videos.short_clip`: draws the short clip that a new person may try the site with, and its poster.

A street in a summer's evening, with what an enlargement has to get right: bricks, slats, spokes, leaves, letters and
slanted edges, under a camera that goes along it and comes nearer. It is drawn four times as large as it is kept.
"""

from fractions import Fraction

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from vsrsite.paths import SHORT_CLIP, SHORT_CLIP_POSTER

Picture = NDArray[np.uint8]  # bgr [h, w, 3]
Colour = tuple[int, int, int]

WIDTH, HEIGHT, FINER = 320, 180, 4
RATE, SECONDS = 24, 6
STREET = (3000, 1000)  # what there is to see, in the finer pixels
GROUND = 820
HUB = (2350, 470)  # of the big wheel
CRF, SOUND_BITS, SOUND_RATE = 27, 40_000, 48_000
CHORD = (220.0, 277.18, 329.63, 440.0)  # Hz
BRICKS: tuple[Colour, ...] = ((96, 120, 190), (150, 165, 175), (120, 150, 120), (110, 140, 205), (160, 130, 120))


def make() -> None:
    """Write the clip and its poster."""
    street = drawn_street()
    with av.open(str(SHORT_CLIP), "w", options={"movflags": "faststart"}) as output:
        video = output.add_stream("libx264", rate=RATE, options={"crf": str(CRF), "preset": "veryslow"})
        assert isinstance(video, av.VideoStream)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        sound = output.add_stream("aac", rate=SOUND_RATE)
        assert isinstance(sound, av.AudioStream)
        sound.layout, sound.bit_rate = "mono", SOUND_BITS
        for number in range(RATE * SECONDS):
            frame = av.VideoFrame.from_ndarray(seen(street, number), "bgr24")
            output.mux(video.encode(frame))
            output.mux(sound.encode(chord(number)))
        for stream in (video, sound):
            output.mux(stream.encode(None))
    cv2.imwrite(str(SHORT_CLIP_POSTER), seen(street, RATE * 2), [cv2.IMWRITE_JPEG_QUALITY, 78])


def seen(street: Picture, number: int) -> Picture:
    """The frame of that number, as small as it is kept."""
    world = street.copy()
    _wheel(world, angle=number / RATE * 0.5)
    _balloon(world, (500 + 5 * number, 300 - number))
    along = 0.5 - 0.5 * np.cos(np.pi * number / (RATE * SECONDS))
    nearer = 1.0 - 0.3 * along
    width, height = WIDTH * FINER * nearer, HEIGHT * FINER * nearer
    left, top = along * (STREET[0] - width - 20) + 10, 210 + 70 * along
    zoom = np.array([[1 / nearer, 0, -left / nearer], [0, 1 / nearer, -top / nearer]])
    fine = cv2.warpAffine(world, zoom, (WIDTH * FINER, HEIGHT * FINER), flags=cv2.INTER_CUBIC)
    assert height + top < STREET[1]
    return np.asarray(cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)


def chord(number: int) -> av.AudioFrame:
    """The soft tone under the frame of that number."""
    count = SOUND_RATE // RATE
    moments = (number * count + np.arange(count)) / SOUND_RATE
    swell = np.sin(np.pi * moments / SECONDS) ** 0.5
    waves = sum(np.sin(2 * np.pi * tone * moments) / (2 + place) for place, tone in enumerate(CHORD))
    frame = av.AudioFrame.from_ndarray((waves * swell * 6000).astype(np.int16)[None], "s16", "mono")
    frame.sample_rate, frame.time_base, frame.pts = SOUND_RATE, Fraction(1, SOUND_RATE), number * count
    return frame


def drawn_street() -> Picture:
    """All that stands still."""
    chance = np.random.default_rng(2006)
    street = _sky(chance)
    _hills(street, chance)
    for place, left in enumerate(range(40, STREET[0] - 900, 420)):
        _house(street, left, 330 + 70 * (place % 3), BRICKS[place % len(BRICKS)], chance)
    _pavement(street, chance)
    for left in (400, 1240, 1690, 2080, 2760):
        _tree(street, left, chance)
    _fence(street, 2120, 2960)
    _sign(street, (90, 560), "CAFE 2006")
    _sign(street, (930, 580), "BAKERY")
    return street


def _sky(chance: np.random.Generator) -> Picture:
    width, height = STREET
    down = np.linspace(0, 1, height)[:, None, None]
    sky = (1 - down) * np.array([205, 150, 95]) + down * np.array([170, 205, 250])
    clouds = cv2.resize(chance.random((12, 30)), (width, height), interpolation=cv2.INTER_CUBIC)
    clouds += 0.4 * cv2.resize(chance.random((48, 120)), (width, height), interpolation=cv2.INTER_CUBIC)
    share = np.clip(clouds - 0.75, 0, 0.5)[..., None] * (1 - down)
    picture: Picture = np.clip(sky * (1 - share) + 255 * share, 0, 255).astype(np.uint8)
    cv2.circle(picture, (2100, 260), 70, (190, 235, 255), -1, cv2.LINE_AA)
    return picture


def _hills(street: Picture, chance: np.random.Generator) -> None:
    along = np.arange(STREET[0])
    for base, height, colour in ((600, 60, (150, 150, 120)), (680, 40, (90, 130, 100))):
        ridge = base - height * np.sin(along / 260 + base) - height / 3 * np.sin(along / 71)
        hill = np.arange(STREET[1])[:, None] > ridge[None]
        grain = chance.integers(-14, 15, (*hill.shape, 1))
        street[hill] = np.clip(np.array(colour) + grain, 0, 255).astype(np.uint8)[hill]


def _house(street: Picture, left: int, top: int, colour: Colour, chance: np.random.Generator) -> None:
    right = left + 360
    for row, y in enumerate(range(top, GROUND, 14)):
        for x in range(left - 20 * (row % 2), right, 40):
            shade = int(chance.integers(-22, 23))
            brick = tuple(int(np.clip(part + shade, 0, 255)) for part in colour)
            cv2.rectangle(street, (max(x, left), y), (min(x + 37, right), min(y + 11, GROUND)), brick, -1)
    roof = np.array([[left - 25, top], [left + 180, top - 130], [right + 25, top]])
    cv2.fillPoly(street, [roof], (70, 60, 110), cv2.LINE_AA)
    for rise in range(0, 130, 13):
        half = round(205 * (1 - rise / 130))
        cv2.line(street, (left + 180 - half, top - rise), (left + 180 + half, top - rise), (50, 40, 85), 2, cv2.LINE_AA)
    for x in (left + 50, left + 240):
        for y in range(top + 40, GROUND - 120, 130):
            _window(street, x, y)
    cv2.rectangle(street, (left + 150, GROUND - 120), (left + 215, GROUND), (60, 75, 60), -1)
    cv2.circle(street, (left + 204, GROUND - 58), 5, (120, 210, 230), -1, cv2.LINE_AA)


def _window(street: Picture, x: int, y: int) -> None:
    cv2.rectangle(street, (x, y), (x + 74, y + 92), (225, 235, 235), -1)
    for across in (0, 1):
        for down in range(3):
            corner = (x + 6 + 34 * across, y + 6 + 29 * down)
            cv2.rectangle(street, corner, (corner[0] + 28, corner[1] + 23), (120 - 20 * down, 105, 80), -1)
    cv2.line(street, (x + 8, y + 88), (x + 66, y + 8), (160, 150, 130), 2, cv2.LINE_AA)


def _pavement(street: Picture, chance: np.random.Generator) -> None:
    street[GROUND:] = np.clip(150 + chance.integers(-25, 26, (STREET[1] - GROUND, STREET[0], 1)), 0, 255)
    for x in range(-400, STREET[0] + 400, 90):
        cv2.line(street, (x, STREET[1]), ((x + STREET[0]) // 2, GROUND), (105, 110, 115), 3, cv2.LINE_AA)
    cv2.line(street, (0, GROUND + 60), (STREET[0], GROUND + 60), (230, 235, 235), 8)


def _tree(street: Picture, left: int, chance: np.random.Generator) -> None:
    cv2.rectangle(street, (left - 10, 640), (left + 10, GROUND + 8), (50, 70, 95), -1)
    for x, y in chance.normal((left, 580), (48, 58), (900, 2)):
        green = (40, int(chance.integers(90, 190)), int(chance.integers(50, 110)))
        cv2.ellipse(street, (round(x), round(y)), (9, 5), float(chance.integers(180)), 0, 360, green, -1, cv2.LINE_AA)


def _fence(street: Picture, left: int, right: int) -> None:
    for x in range(left, right, 26):
        slat = np.array([[x, GROUND + 30], [x, 700], [x + 7, 688], [x + 14, 700], [x + 14, GROUND + 30]])
        cv2.fillPoly(street, [slat], (235, 240, 240), cv2.LINE_AA)
    for y in (725, 790):
        cv2.rectangle(street, (left, y), (right, y + 10), (215, 222, 222), -1)


def _sign(street: Picture, corner: tuple[int, int], words: str) -> None:
    x, y = corner
    cv2.rectangle(street, (x, y), (x + 260, y + 56), (40, 45, 50), -1)
    cv2.rectangle(street, (x + 4, y + 4), (x + 256, y + 52), (130, 200, 225), 2)
    size = 1.35
    (width, height), _ = cv2.getTextSize(words, cv2.FONT_HERSHEY_DUPLEX, size, 2)
    place = (x + (260 - width) // 2, y + (56 + height) // 2)
    cv2.putText(street, words, place, cv2.FONT_HERSHEY_DUPLEX, size, (235, 245, 250), 2, cv2.LINE_AA)


def _wheel(street: Picture, angle: float) -> None:
    x, y = HUB
    for foot in (-90, 90):
        cv2.line(street, HUB, (x + foot, GROUND), (80, 70, 60), 12, cv2.LINE_AA)
    for radius in (210, 190):
        cv2.circle(street, HUB, radius, (70, 60, 165), 5, cv2.LINE_AA)
    for spoke in range(16):
        turn = angle + spoke * np.pi / 8
        end = (round(x + 205 * np.cos(turn)), round(y + 205 * np.sin(turn)))
        cv2.line(street, HUB, end, (210, 215, 220), 3, cv2.LINE_AA)
        cv2.rectangle(street, (end[0] - 14, end[1]), (end[0] + 14, end[1] + 26), BRICKS[spoke % len(BRICKS)], -1)


def _balloon(street: Picture, middle: tuple[int, int]) -> None:
    x, y = middle
    for stripe in range(8, 0, -1):
        colour = (60, 90, 215) if stripe % 2 else (225, 240, 245)
        cv2.ellipse(street, middle, (stripe * 8, 76), 0, 0, 360, colour, -1, cv2.LINE_AA)
    for side in (-1, 1):
        cv2.line(street, (x + side * 40, y + 58), (x + side * 14, y + 112), (40, 50, 60), 2, cv2.LINE_AA)
    cv2.rectangle(street, (x - 16, y + 112), (x + 16, y + 134), (60, 100, 140), -1)


if __name__ == "__main__":
    make()
