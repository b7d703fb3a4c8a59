"""vsr: upscale videos on a site from a terminal or a script.

Exit codes: 0 all went well, 1 something did not work for some of it, 2 the command was wrong, 3 not signed in,
4 the site does not answer.
"""

import argparse
import getpass
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vsr import login
from vsr.downloads import download
from vsr.login import Login
from vsr.screen import Screen, table
from vsr.site import Row, Site
from vsr.troubles import SignedOut, Trouble
from vsr.upscaling import Batch

CHOICES = ("scale", "model", "codec", "quality", "preset", "container", "deinterlace", "without", "start", "end", "fit")
INTERRUPTED = 130  # as shells have it


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit code."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except Trouble as trouble:
        Screen().say(str(trouble))
        return trouble.code
    except KeyboardInterrupt:
        Screen().say("Stopped. Run the same command again and it goes on.")
        return INTERRUPTED


def sign_in(options: argparse.Namespace) -> int:
    """Check a token and write it down."""
    url = options.url.rstrip("/")
    if not url.startswith(("https://", "http://")):
        url = f"https://{url}"
    ask = getpass.getpass if sys.stdin.isatty() else lambda prompt: sys.stdin.readline()
    Screen().say(f"Make a token at {url}/accounts/tokens/")
    if url.startswith("http://") and urlsplit(url).hostname not in {"localhost", "127.0.0.1"}:
        Screen().say("Nothing is encrypted on the way to this address; use https:// if the site has it.")
    mine = Login(url, ask("Token: ").strip())
    account = Site(mine, Screen().say).get("/account")
    login.keep(mine)
    Screen().say(f"Signed in as {account['email']}. The token may {', '.join(account['token']['scopes'])}.")
    return 0


def upscale(options: argparse.Namespace) -> int:
    """Upload and convert files."""
    wish = {name: getattr(options, name) for name in CHOICES}
    wish = {name: value for name, value in wish.items() if value is not None}
    batch = Batch(_site(), options.files, wish, Screen())
    batch.start()
    if options.wait or options.output:
        batch.wait(options.output)
    batch.sum_up()
    if options.json:
        _print([item.as_json() for item in batch.items])
    return 1 if any(item.problem for item in batch.items) else 0


def list_conversions(options: argparse.Namespace) -> int:
    """Show conversions, the newest first."""
    rows = list(_site().rows("/upscales", **({"state": options.state} if options.state else {})))
    if options.json:
        _print(rows)
    elif rows:
        cells = [[row["id"], row["state"], f"{row['percent']} %", row["name"]] for row in rows]
        print(table([["ID", "STATE", "DONE", "RESULT"], *cells]))
    return 0


def fetch(options: argparse.Namespace) -> int:
    """Download results."""
    site, screen = _site(), Screen()
    fetched, failed = [], False
    for pk in options.ids:
        try:
            row = site.get(f"/upscales/{pk}")
            path = download(site, row, options.output, screen.bytes(row["name"]))
            screen.say(f"Saved as {path}")
            fetched.append({"upscale": pk, "result": str(path)})
        except SignedOut:
            raise
        except (Trouble, OSError) as error:
            screen.say(f"{pk}: {error}")
            failed = True
    if options.json:
        _print(fetched)
    return 1 if failed else 0


def models(options: argparse.Namespace) -> int:
    """Show the models that can be chosen."""
    rows: list[Row] = _site().get("/models")
    if options.json:
        _print(rows)
        return 0
    print(table([["NAME", "SCALES", "COST", ""], *(_model(row) for row in rows)]))
    print("Cost: seconds that one core works on a million pixels of the source, about.")
    return 0


def _model(row: Row) -> list[str]:
    scales = ", ".join(f"{scale}x" for scale in row["scales"])
    return [row["name"], scales, f"{row['cost']:g}", ("The default. " if row["default"] else "") + row["note"]]


def _site() -> Site:
    return Site(login.find(), Screen().say)


def _print(data: Any) -> None:
    json.dump(data, sys.stdout, indent=2, ensure_ascii=False)
    print()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vsr", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    entry = commands.add_parser("login", help="check a token and write it down")
    entry.add_argument("url", help="the site, like https://videos.example.org")
    entry.set_defaults(command=sign_in)

    entry = _add(commands, "upscale", upscale, "upload and convert files; run it again and it goes on")
    entry.add_argument("files", nargs="+", type=Path)
    entry.add_argument("--scale", type=int, help="so many times as wide and high")
    entry.add_argument("--fit", help="1080p or 4K, instead of a scale")
    entry.add_argument("--model", help="see `vsr models`")
    entry.add_argument("--codec", help="h264, h264fast (quick to write, larger), h265, av1 or vp9")
    entry.add_argument("--quality", help="best, normal or small")
    entry.add_argument("--preset", help="fast, best, old, animation, archive or one of yours; for what is left out")
    entry.add_argument("--start", metavar="TIME", help="begin here: seconds or h:mm:ss")
    entry.add_argument("--end", metavar="TIME", help="end here")
    entry.add_argument("--container", help="mp4 or matroska; mp4 where it holds everything, if left out")
    entry.add_argument("--deinterlace", help="on or off; where the picture is interlaced, if left out")
    entry.add_argument(
        "--without", action="append", metavar="TRACK", help="leave out audio, subtitle or a track's number"
    )
    entry.add_argument("--wait", action="store_true", help="until everything is converted")
    entry.add_argument("--output", type=Path, metavar="FOLDER", help="wait, and save the results there")

    entry = _add(commands, "list", list_conversions, "show conversions, the newest first")
    entry.add_argument("--state", help="only those queued, running, paused, done, failed or cancelled")

    entry = _add(commands, "download", fetch, "save results")
    entry.add_argument("ids", nargs="+", metavar="ID", help="see `vsr list`")
    entry.add_argument("--output", type=Path, metavar="FOLDER", default=Path(), help="where to; here, if left out")

    _add(commands, "models", models, "show the models that can be chosen")
    return parser


def _add(commands: Any, name: str, command: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    entry: argparse.ArgumentParser = commands.add_parser(name, help=text)
    entry.add_argument("--json", action="store_true", help="print the outcome as JSON on stdout")
    entry.set_defaults(command=command)
    return entry


if __name__ == "__main__":
    sys.exit(main())
