"""Facts, progress and receipts in the words of the pages."""

from collections import Counter
from fractions import Fraction
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from duf.media.facts import Clip, Track
from duf.media.receipt import Receipt
from duf.pipeline import PLAYED
from videos.models import Upscale, Video
from videos.progress import Progress
from videos.quotes import Quote
from videos.spending import next_month, told
from vsrsite.sentences import translated

CODECS = {
    "h264": "H.264",
    "hevc": "H.265",
    "av1": "AV1",
    "vp9": "VP9",
    "vp8": "VP8",
    "mpeg4": "MPEG-4",
    "mpeg2video": "MPEG-2",
    "prores": "ProRes",
    "dvvideo": "DV",
    "mjpeg": "Motion JPEG",
    **{f"pcm_{form}": "PCM" for form in ("u8", "s16le", "s16be", "s24le", "s24be", "s32le", "f32le")},
    "subrip": "SubRip",
    "mov_text": "MP4 text",
    "mp3float": "MP3",
}
CHOSEN = {"h264fast": "H.264 superfast", "h265": "H.265"}  # ways to encode that are not called as in files
CONTAINERS = {"mp4": "MP4", "matroska": "Matroska"}
NAMES = {"audio": _("Sound"), "subtitle": _("Subtitles"), "attachment": _("Attachment"), "video": _("Picture")}
TRACKS = {
    "audio": _("Sound track"),
    "subtitle": _("Subtitle track"),
    "attachment": _("Attachment"),
    "video": _("Picture track"),
}
ROUGHLY = ((10, 1), (60, 5), (300, 15), (3600, 60), (float("inf"), 600))  # estimates below, rounded to; seconds
AT_ONCE = 5  # seconds of waiting that are not worth a word
BRIEF = 24  # seconds; moments of what is shorter are told by tenths, or they would look alike
RATE_TOLERANCE = 0.02  # by which a header's frame rate may differ from the counted one; lengths are rounded


def span(seconds: float) -> str:
    """A length of time: 4.2 s, 3 min 5 s, 2 h 10 min."""
    if seconds < 60:
        return gettext("{seconds} s").format(seconds=f"{seconds:.3g}")
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        told = gettext("{minutes} min {seconds} s") if rest else gettext("{minutes} min")
        return told.format(minutes=minutes, seconds=rest)
    hours, minutes = divmod(minutes, 60)
    told = gettext("{hours} h {minutes} min") if minutes else gettext("{hours} h")
    return told.format(hours=hours, minutes=minutes)


def rough(seconds: float) -> str:
    """An estimated length of time, no more exact than it can be."""
    step = next(step for limit, step in ROUGHLY if seconds < limit)
    return span(max(1, round(seconds / step)) * step)


def clock(seconds: float, tenths: bool = False) -> str:
    """A moment of a video: 0:07, 0:07.4, 1:02:05."""
    whole, tenth = divmod(round(10 * seconds), 10) if tenths else (int(seconds), 0)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    told = f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
    return f"{told}.{tenth}" if tenths else told


def moment(video: Video, frame: int) -> str:
    """About when a frame is shown."""
    length = video.clip.duration or 0.0
    return clock(frame * length / max(1, video.frames or 1), tenths=0 < length < BRIEF)


def stretch(video: Video, start: int, stop: int) -> str:
    """From when to when."""
    return f"{moment(video, start)} – {moment(video, stop)}"


def quoted_time(quote: Quote) -> str:
    """How long the work takes."""
    return gettext("about {time}").format(time=rough(quote.seconds))


def quoted_spread(quote: Quote) -> str:
    """Between what it lies."""
    return gettext("{low} to {high}").format(low=rough(quote.low), high=rough(quote.high))


def quoted_size(quote: Quote) -> str:
    """How large the result is."""
    return gettext("about {size}").format(size=filesizeformat(quote.bytes)) if quote.bytes else ""


def quoted_wait(quote: Quote) -> str:
    """What comes before the work."""
    if quote.wait < AT_ONCE:
        return gettext("Nothing waits before it; it starts at once.")
    return gettext("Other work comes before it or between: {time} more.").format(time=rough(quote.wait))


def quoted_room(quote: Quote, left: int) -> str:
    """What it costs of the space that the owner has."""
    if not quote.bytes:
        return ""
    size, room = filesizeformat(quote.bytes), filesizeformat(left)
    if quote.bytes > left:
        return gettext("It needs {size} and you have {room} left: delete something first.").format(size=size, room=room)
    return gettext("It takes {size} of the {room} that you have left.").format(size=size, room=room)


def quoted_work(needed: float, left: float) -> str:
    """What it costs of what the owner may have made this month, if that is a hundredth of it or more."""
    if needed < left / 100:
        return ""
    if needed > left:
        sentence = gettext(
            "It takes {work} megapixel-frames and you have {left} left this month: wait until {date}, or ask the "
            "administrator."
        )
    else:
        sentence = gettext("It takes {work} of the {left} megapixel-frames that you have left this month.")
    return sentence.format(work=told(needed), left=told(left), date=next_month())


def summary(video: Video) -> str:
    """What the file is, in one line."""
    if not video.facts:
        return filesizeformat(video.size)
    clip = Clip.from_json(video.facts)
    tracks = Counter(track.kind for track in clip.tracks)
    parts = [
        f"{clip.video.width}×{clip.video.height}",
        span(clip.duration) if clip.duration else "",
        _rate(clip, video.frames),
        sound_tracks(tracks["audio"]) if tracks["audio"] else "",
        subtitle_tracks(tracks["subtitle"]) if tracks["subtitle"] else "",
        filesizeformat(video.size),
    ]
    return " · ".join(part for part in parts if part)


def details(video: Video) -> list[tuple[str, str]]:
    """What the file is, term by term."""
    rows = [(gettext("File"), f"{video.name}, {filesizeformat(video.size)}")]
    if video.facts:
        clip = Clip.from_json(video.facts)
        rows += [(gettext("Picture"), _picture(clip)), (gettext("Length"), _length(clip, video.frames))]
        rows += [(str(TRACKS.get(track.kind, _("Track"))), _track(track)) for track in clip.tracks]
        if clip.chapters:
            rows.append((gettext("Chapters"), str(len(clip.chapters))))
    return rows


def tracks_to_choose(video: Video) -> list[tuple[str, str]]:
    """The numbers and names of the tracks that a result can hold."""
    tracks = (Track(**track) for track in (video.facts or {}).get("tracks", []))
    return [(str(track.index), f"{NAMES[track.kind]}: {_track(track)}") for track in tracks if track.kept]


def choices(job: Upscale) -> str:
    """How a result is written, and what is not in it."""
    chosen = job.settings
    way = chosen.get("codec", "h264")
    names = [CHOSEN.get(way) or codec(way), CONTAINERS.get(chosen.get("container"), "")]
    if job.start is not None and job.stop is not None:
        names.append(stretch(job.video, job.start, job.stop))
    left_out = len(chosen.get("without", []))
    if left_out:
        names.append(ngettext("{count} track left out", "{count} tracks left out", left_out).format(count=left_out))
    return " · ".join(filter(None, [*names, deinterlacing(chosen)]))


def deinterlacing(values: dict[str, Any]) -> str:
    """What is done with interlaced pictures, unless it is the usual."""
    return {"on": gettext("deinterlaced"), "off": gettext("not deinterlaced")}.get(values.get("deinterlace", ""), "")


def state(job: Upscale, progress: Progress) -> str:
    """What is happening, in half a sentence."""
    match job.state:
        case Upscale.State.QUEUED:
            waiting = gettext("Waiting, number {number} in the queue") if progress.position else gettext("Waiting")
            return waiting.format(number=progress.position)
        case Upscale.State.RUNNING:
            return gettext("{percent} % done").format(percent=progress.percent)
        case Upscale.State.ASSEMBLING:
            return gettext("Putting the file together")
        case Upscale.State.PAUSED:
            return gettext("Paused at {percent} %").format(percent=progress.percent)
        case Upscale.State.DONE:
            return gettext("Done")
        case Upscale.State.CANCELLED:
            return gettext("Cancelled")
        case _:
            return gettext("Failed")


def wish(wished: dict[str, list[str]]) -> str:
    """What becomes of a video without asking again."""
    choice = " ".join(["×{}".format(*wished.get("scale", [""])), *wished.get("model", [])])
    return gettext("It will be converted by itself: {choice}.").format(choice=choice)


def pace(job: Upscale, progress: Progress) -> str:
    """Frames, their rate and the time left, as far as they are known."""
    if job.state != Upscale.State.RUNNING:
        return ""
    parts = [gettext("frame {frame} of {frames}").format(frame=progress.frames_done, frames=progress.frames)]
    if progress.fps:
        parts.append(_per_second(f"{progress.fps:.3g}"))
    if progress.seconds_left is not None:
        parts.append(gettext("about {time} left").format(time=rough(progress.seconds_left)))
    return " · ".join(parts)


def turn(progress: Progress) -> str:
    """Why a job waits."""
    if not progress.position:
        return ""
    if progress.position == 1:
        return gettext("It is the next to start, as soon as a segment of the work before it is done.")
    before = progress.position - 1
    return ngettext(
        "{before} job first. People take turns, one job each; samples go before everything.",
        "{before} jobs first. People take turns, one job each; samples go before everything.",
        before,
    ).format(before=before)


def place(job: Upscale, number: int, length: int) -> str:
    """What a screen reader says when a job was moved."""
    return gettext("{name} is now number {number} of {length}").format(
        name=job.video.name, number=number, length=length
    )


def announcement(job: Upscale, progress: Progress) -> str:
    """What a screen reader says when it changes: the state, and the quarters on the way."""
    quarter = f", {progress.percent // 25 * 25} %" if job.state == Upscale.State.RUNNING else ""
    return f"{job.video.name} {job.target}: {Upscale.State(job.state).label}{quarter}"


def result_line(job: Upscale) -> str:
    """What came out: size and how long it took."""
    parts = []
    if job.receipt:
        parts.append(f"{job.receipt['width']}×{job.receipt['height']}")
    if job.size:
        parts.append(filesizeformat(job.size))
    if job.started and job.finished:
        made = gettext("made in {time}, quoted {quote}") if job.estimate else gettext("made in {time}")
        quote = rough(job.estimate["seconds"]) if job.estimate else ""
        parts.append(made.format(time=span((job.finished - job.started).total_seconds()), quote=quote))
    return " · ".join(parts)


def unheard(receipt: dict[str, Any] | None) -> str:
    """That a result's sound is not to be heard in the page, if it is not."""
    codecs = [track["codec"] for track in (receipt or {}).get("tracks", []) if track.get("kind") == "audio"]
    if not codecs or codecs[0] in PLAYED:  # browsers play the first
        return ""
    return gettext(
        "Not every browser plays its sound ({codec}), so it may be silent here. The file has it: download it and "
        "open it in VLC or another player."
    ).format(codec=codec(codecs[0]))


def unheard_in_samples(clip: Clip) -> str:
    """The same of what a video's samples are."""
    codecs = [track.codec for track in clip.tracks if track.kind == "audio" and track.kept]
    if not codecs or set(codecs) & set(PLAYED):
        return ""
    return gettext(
        "Not every browser plays its sound ({codec}), so samples are silent. The whole result keeps it."
    ).format(codec=codec(codecs[0]))


def result_picture(job: Upscale) -> str:
    """What came out, for people who know nothing of the job: size and length of the picture, and bytes."""
    receipt = job.receipt or {}
    picture = f"{receipt['width']}×{receipt['height']}" if "width" in receipt else ""
    length = span(receipt["duration"]) if receipt.get("duration") else ""
    return " · ".join(part for part in (picture, length, filesizeformat(job.size) if job.size else "") if part)


def kept(data: dict[str, Any]) -> list[str]:
    """What the receipt vouches for, a line each. `data`: a receipt that found no differences."""
    receipt = Receipt.from_json(data)
    moved = max(receipt.worst_picture, receipt.worst_sync)
    lines = [
        gettext("All {frames} frames, in {time}").format(frames=receipt.frames, time=span(receipt.duration)),
        gettext("Every frame and sound at its time, to within {time} ms").format(time=f"{max(moved * 1000, 0.1):.1f}"),
        *(_kept_track(track) for track in receipt.tracks),
    ]
    if receipt.chapters:
        lines.append(_count(ngettext("{number} chapter", "{number} chapters", receipt.chapters), receipt.chapters))
    if receipt.attachments:
        told = ngettext("{number} attachment", "{number} attachments", receipt.attachments)
        lines.append(_count(told, receipt.attachments))
    return [*lines, gettext("Colour tags, shape of the pixels and rotation")]


def sound_tracks(number: int) -> str:
    return _count(ngettext("{number} sound track", "{number} sound tracks", number), number)


def subtitle_tracks(number: int) -> str:
    return _count(ngettext("{number} subtitle track", "{number} subtitle tracks", number), number)


def _count(told: str, number: int) -> str:
    return told.format(number=number)


def _per_second(frames: str) -> str:
    return gettext("{frames} frames per second").format(frames=frames)


def _rate(clip: Clip, frames: int | None) -> str:
    """As the header has it, unless the frames were counted and say otherwise."""
    told = float(Fraction(*clip.video.average_rate)) if clip.video.average_rate else 0.0
    length = clip.video.duration or clip.duration
    counted = frames / length if frames and length else told
    if abs(counted - told) > RATE_TOLERANCE * told:
        return gettext("{frames} frames per second on average").format(frames=f"{counted:.3g}")
    return _per_second(f"{round(told, 3):g}") if told else ""


def _picture(clip: Clip) -> str:
    video = clip.video
    parts = [f"{video.width}×{video.height}", codec(video.codec), gettext("{depth} bit").format(depth=video.bit_depth)]
    if video.sample_aspect_ratio and video.sample_aspect_ratio[0] != video.sample_aspect_ratio[1]:
        parts.append(gettext("pixels of {shape}").format(shape="{}:{}".format(*video.sample_aspect_ratio)))
    if video.rotation:
        parts.append(gettext("turned by {angle}°").format(angle=video.rotation))
    if video.colour.is_hdr:
        parts.append("HDR")
    return ", ".join(parts)


def _length(clip: Clip, frames: int | None) -> str:
    parts = [
        span(clip.duration) if clip.duration else "",
        _count(ngettext("{number} frame", "{number} frames", frames), frames) if frames else "",
        _rate(clip, frames),
    ]
    return ", ".join(part for part in parts if part)


def _track(track: Track) -> str:
    if track.kind == "data":
        return translated(track.note)
    named = [codec(track.codec), track.language or "", f"“{track.title}”" if track.title else ""]
    line = ", ".join(part for part in named if part and part != "und")
    return line if track.kept else gettext("{track}, not kept").format(track=line)


def codec(name: str) -> str:
    return CODECS.get(name, name.upper())


def _kept_track(track: dict[str, Any]) -> str:
    named = [codec(track["codec"]), track.get("language") or ""]
    line = ", ".join(part for part in named if part and part != "und")
    packets = track["packets"]
    told = ngettext(
        "Track {track}: {packets} packet, none changed", "Track {track}: {packets} packets, none changed", packets
    )
    return told.format(track=line, packets=packets)
