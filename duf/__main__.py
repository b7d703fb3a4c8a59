"""`python -m duf COMMAND …`. Nothing is imported before it is known which command is wanted."""

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType

from duf.errors import DufError

# name: (module, one line of help)
COMMANDS = {
    "upscale": ("duf.commands.upscale", "enlarge a video, or a folder of pictures"),
    "models": ("duf.commands.models", "list the models"),
    "import": ("duf.commands.importing", "make the DUF authors' published parameters a model of ours"),
    "collect": ("duf.commands.collect", "get clips to learn from, out of Pixabay or a folder of your videos"),
    "windows": ("duf.commands.windows", "draw on a frame where training would look"),
    "pack": ("duf.commands.pack", "pack what a training run learns from into one small file"),
    "unpack": ("duf.commands.unpack", "make the shard of a packed training run"),
    "train": ("duf.commands.train", "train a network, or go on where it was stopped"),
    "release": ("duf.commands.release", "measure a run of training and ship its weights if they are better"),
    "evaluate": ("duf.commands.evaluate", "score a model on clips whose truth is known"),
    "quality": ("duf.commands.quality", "measure the shipped models and write docs/quality.md"),
    "growth": ("duf.commands.growth", "measure what larger and longer clips take"),
    "keyframes": ("duf.commands.keyframes", "compare a network on every frame with one on key frames only"),
    "larger": ("duf.commands.larger", "compare a larger network with a smaller one, once and both ways"),
    "bench": ("duf.commands.bench", "measure how fast this machine is, end to end and stage by stage"),
    "serve": ("duf.commands.serve", "work for the site: requests on standard input, answers on standard output"),
}
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; its exit status. What went wrong is one sentence on standard error."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    parser = _parser(words[0] if words else "")
    args = parser.parse_args(words)
    module, _ = COMMANDS[args.command]
    signal.signal(signal.SIGTERM, _stop)
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # TensorFlow talks about processors otherwise
    try:
        return int(importlib.import_module(module).run(args))
    except DufError as error:
        print(f"duf: {error}", file=sys.stderr)
    except OSError as error:
        print(f"duf: {error.filename or 'The result'}: {error.strerror}.", file=sys.stderr)
    except KeyboardInterrupt:
        print("\nduf: stopped; nothing is left half written.", file=sys.stderr)
        return INTERRUPTED
    return 1


def _parser(wanted: str) -> argparse.ArgumentParser:
    """The arguments of the wanted command, and one line on each of the others."""
    parser = argparse.ArgumentParser("python -m duf", description="Video super-resolution.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, (module, text) in COMMANDS.items():
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == wanted:
            importlib.import_module(module).add_arguments(command)
    return parser


def _stop(number: int, frame: FrameType | None) -> None:
    """Being asked to end is like Ctrl-C: what is half written is removed on the way out."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
