"""Where the code is and where the site keeps its data."""

from pathlib import Path

from vsrsite import env

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env.text("VAR_DIR", str(BASE_DIR / "var"))).resolve()
MEDIA_DIR = Path(env.text("MEDIA_DIR", str(VAR_DIR / "media"))).resolve()  # one and the same for all machines
SHORT_CLIP = BASE_DIR / "static" / "site" / "short-clip.mp4"  # drawn by videos/short_clip.py
SHORT_CLIP_POSTER = SHORT_CLIP.with_suffix(".jpg")
