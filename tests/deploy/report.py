"""What the containers take, written into docs/containers.md by the run that measured it."""

from vsrsite.paths import BASE_DIR

PAGE = BASE_DIR / "docs" / "containers.md"

# Of all processes of a container: what each has to itself, and its part of what they share.
MEMORY = "cat /proc/[0-9]*/smaps_rollup 2>/dev/null | awk '/^Pss:/ {sum += $2} END {print sum * 1024}'"
PACKAGES = "/venv/lib/python3.12/site-packages"
VOLUMES = " ".join(f"--exclude={place}" for place in ("/data", "/dev", "/proc", "/run", "/sys", "/tmp"))
BYTES = f"du -sb / {VOLUMES} 2>/dev/null; du -sb /venv /app; du -sb {PACKAGES}/* | sort -rn | head -12"

facts: dict[str, str] = {}


def built(seconds: float) -> None:
    facts["building (by what the builder still had) and starting, until the site answers"] = f"{seconds:.0f} s"


def memory(of: dict[str, int]) -> None:
    """Bytes of each role after a job."""
    facts.update({f"memory of `{role}`, after a job": f"{size / 1e6:.0f} MB" for role, size in of.items()})


def image(listing: str) -> int:
    """What `BYTES` said; the bytes that the Dockerfile adds to its base."""
    sizes = {path: int(size) for size, path in (line.split("\t") for line in listing.splitlines())}
    added = sizes["/venv"] + sizes["/app"]
    facts["the image adds to its base"] = f"{added / 1e6:.0f} MB"
    facts["its base, python:3.12-slim-bookworm or what stands for it here"] = f"{(sizes['/'] - added) / 1e6:.0f} MB"
    for path, size in sizes.items():
        if path.startswith(PACKAGES):
            facts[f"of which `{path.removeprefix(PACKAGES + '/')}`"] = f"{size / 1e6:.0f} MB"
    return added


def write() -> None:
    rows = "".join(f"| {name} | {value} |\n" for name, value in facts.items())
    PAGE.write_text(f"# What the containers take\n\nWritten by `make test-deploy`.\n\n| | |\n|---|---|\n{rows}")
