"""A page of crops side by side: source, bicubic, what the models made, truth. Plain HTML and PNG."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from duf.judging.evaluation import Judged, enlarged, means
from duf.judging.figures import HEADINGS
from duf.judging.metrics import BORDER, luma
from duf.judging.protocols import Protocol
from duf.upscaler import bicubic

SIDE = 96  # pixels of the truth; a multiple of every scale
CROPS = 3  # of each clip
SHOWN = 2  # screen pixels a pixel of the truth

STYLE = f"""body {{ font: 15px/1.4 system-ui, sans-serif; margin: 2rem; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .2rem .8rem; text-align: right; font-variant-numeric: tabular-nums; }}
th:nth-child(-n+2), td:nth-child(-n+2) {{ text-align: left; }}
.crops {{ display: flex; flex-wrap: wrap; gap: .5rem; margin: .5rem 0 1.5rem; }}
figure {{ margin: 0; }}
img {{ width: {SIDE * SHOWN}px; height: {SIDE * SHOWN}px; image-rendering: pixelated; display: block; }}"""


@dataclass(frozen=True)
class Corner:
    """Where a crop begins, in pixels of the truth."""

    x: int
    y: int


def write_page(folder: Path, clips: list[Judged], scale: int, protocol: Protocol) -> Path:
    """FOLDER/index.html with the PNGs beside it; the crops lie where bicubic is furthest from the truth."""
    folder.mkdir(parents=True, exist_ok=True)
    title = f"x{scale}, {protocol.title} protocol"
    parts = [f"<h1>{escape(title)}</h1>", _table(clips)]
    for clip in clips:
        parts += _section(folder, clip, scale, protocol)
    index = folder / "index.html"
    index.write_text(
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{escape(title)}</title>\n'
        f"<style>\n{STYLE}\n</style>\n" + "\n".join(parts) + "\n</html>\n"
    )
    return index


def _section(folder: Path, clip: Judged, scale: int, protocol: Protocol) -> Iterator[str]:
    still = clip.still
    (interpolated,) = enlarged(bicubic(scale, protocol.sampling), [still.source])
    columns = {"bicubic": interpolated, **still.results, "truth": still.truth}
    yield f"<h2>{escape(clip.clip)}</h2>"
    for number, corner in enumerate(hardest(still.truth, interpolated, scale), 1):
        yield f'<div class="crops" title="from ({corner.x}, {corner.y})">'
        crops = {"source": crop(still.source, corner, scale)} | {n: crop(p, corner) for n, p in columns.items()}
        for name, picture in crops.items():
            file, caption = f"{clip.clip}-{number}-{name}.png", escape(name)
            Image.fromarray(picture).save(folder / file)
            yield f'<figure><img src="{escape(file)}" alt="{caption}"><figcaption>{caption}</figcaption></figure>'
        yield "</div>"


def crop(picture: npt.NDArray[np.uint8], corner: Corner, scale: int = 1) -> npt.NDArray[np.uint8]:
    """A square of `picture`, which is `scale` times smaller than the truth."""
    x, y, side = corner.x // scale, corner.y // scale, SIDE // scale
    return picture[y : y + side, x : x + side]


def hardest(truth: npt.NDArray[np.uint8], result: npt.NDArray[np.uint8], scale: int) -> list[Corner]:
    """The corners of the CROPS windows, none over another, with the greatest squared error; multiples of `scale`."""
    error = cv2.boxFilter((luma(truth) - luma(result)) ** 2, -1, (SIDE, SIDE), anchor=(0, 0))
    sums = error[BORDER : -SIDE - BORDER : scale, BORDER : -SIDE - BORDER : scale]
    found = []
    for _ in range(CROPS if sums.size else 0):
        y, x = np.unravel_index(int(np.argmax(sums)), sums.shape)
        if sums[y, x] < 0:
            break
        found.append(Corner(x=BORDER + int(x) * scale, y=BORDER + int(y) * scale))
        reach = SIDE // scale
        sums[max(0, y - reach + 1) : y + reach, max(0, x - reach + 1) : x + reach] = -1
    return found


def _table(clips: list[Judged]) -> str:
    head = _row("th", ["clip", "model", *HEADINGS])
    rows = [_row("td", [clip.clip, name, *f.cells()]) for clip in clips for name, f in clip.figures.items()]
    rows += [_row("td", ["mean", name, *figures.cells()]) for name, figures in means(clips).items()]
    return "<table>\n" + "\n".join([head, *rows]) + "\n</table>"


def _row(tag: str, cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells) + "</tr>"
