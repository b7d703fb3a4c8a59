"""Files in a bucket that speaks S3: keys are S3_PREFIX and a file's path below MEDIA_ROOT.

This is boto3 alone, without django-storages: what is needed are whole files to and from the disk, ranges, copies,
lists, multipart uploads and signed addresses, each one call of boto3; the file objects that django-storages puts before
them take whole files into memory. MEDIA_ROOT holds only what is being made or looked at.
"""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from mimetypes import guess_type
from pathlib import Path
from typing import Any
from uuid import uuid4

from boto3.exceptions import Boto3Error
from boto3.s3.transfer import TransferConfig
from boto3.session import Session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from django.conf import settings
from django.utils.translation import gettext

from duf.media.source import Address, Source
from videos import desk
from videos.stored import AWAY, StorageError, Stored

LINK_SECONDS = 3600  # that a signed address is good for a browser: as long as somebody may pause a film
WORK_SECONDS = 24 * 3600  # for a worker's own child: longer than any attempt
PIECE = 256 * 1024  # bytes sent at once
MOST_KEYS = 1000  # in one request to remove
MISSING = {"404", "NoSuchKey", "NotFound"}

TRANSFER = TransferConfig(max_concurrency=4)
CONFIG = Config(
    signature_version="s3v4",
    connect_timeout=3,
    read_timeout=30,
    retries={"mode": "standard", "max_attempts": 2},
    max_pool_connections=16,
    s3={"addressing_style": "path"},  # few servers of one's own have a name for each bucket
    # Not every server knows the newer checksums; what is sent in one piece carries its MD5 instead.
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)

log = logging.getLogger(__name__)


class S3:
    """`videos.storage.Store` in a bucket."""

    def look(self, path: Path) -> Stored | None:
        try:
            with telling():
                found = client().head_object(**at(path))
        except FileNotFoundError:
            return None
        return Stored(found["ContentLength"], found["ETag"].strip('"'), int(found["LastModified"].timestamp()))

    def desk(self, folder: Path) -> Path:
        return desk.of_this_process(Path(settings.MEDIA_ROOT))

    def put(self, finished: Path, target: Path) -> None:
        kind = {"ContentType": guess_type(target.name)[0] or "application/octet-stream"}
        with telling():
            client().upload_file(str(finished), settings.S3_BUCKET, key(target), ExtraArgs=kind, Config=TRANSFER)

    @contextmanager
    def fetched(self, path: Path, check: Callable[[], None] | None = None) -> Iterator[Path]:
        place = self.desk(path.parent) / f"{uuid4().hex}-{path.name}"
        watch = (lambda _: check()) if check else None
        try:
            with telling():
                client().download_file(settings.S3_BUCKET, key(path), str(place), Callback=watch, Config=TRANSFER)
            yield place
        finally:
            place.unlink(missing_ok=True)

    def source(self, path: Path) -> Source:
        return Address(_signed(path, WORK_SECONDS))

    def read(self, path: Path, span: range) -> Iterator[bytes]:
        with telling():
            if span:
                found = client().get_object(**at(path), Range=f"bytes={span.start}-{span.stop - 1}")
                yield from found["Body"].iter_chunks(PIECE)

    def link(self, path: Path, target: Path) -> None:
        """By a copy that the server makes."""
        with telling():
            client().copy(at(path), settings.S3_BUCKET, key(target), Config=TRANSFER)

    def take_out(self, path: Path, place: Path) -> None:
        partial = place.with_name(f"{place.name}.partial")
        with telling():
            client().download_file(settings.S3_BUCKET, key(path), str(partial), Callback=None, Config=TRANSFER)
        partial.replace(place)

    def bring_back(self, copy: Path, target: Path) -> None:
        self.put(copy, target)

    def paths(self, folder: Path) -> Iterator[Path]:
        """Unfinished uploads, too, which nothing else would ever remove."""
        seen = {folder}
        with telling():
            below = _below(folder)
            for name in (*_keys(below), *(upload["Key"] for upload in _unfinished(below))):
                path = Path(settings.MEDIA_ROOT) / name.removeprefix(settings.S3_PREFIX)
                for step in (*reversed(path.relative_to(folder).parents), path.relative_to(folder)):
                    if (folder / step) not in seen:
                        seen.add(folder / step)
                        yield folder / step

    def remove(self, *paths: Path) -> None:
        with _leaving_to_the_sweep():
            _delete([key(path) for path in paths])

    def remove_tree(self, path: Path) -> None:
        with _leaving_to_the_sweep():
            for upload in _unfinished(key(path)):
                if _is_in(path, upload["Key"]):
                    which = {"Key": upload["Key"], "UploadId": upload["UploadId"]}
                    client().abort_multipart_upload(Bucket=settings.S3_BUCKET, **which)
            _delete([name for name in _keys(key(path)) if _is_in(path, name)])

    def address(self, path: Path, content_type: str, disposition: str) -> str:
        if not settings.S3_REDIRECT:
            return ""
        shown = {"ResponseContentType": content_type}
        if disposition:
            shown["ResponseContentDisposition"] = disposition
        return _signed(path, LINK_SECONDS, **shown)

    def trouble(self) -> str:
        """A small object goes there and back."""
        name = f"{settings.S3_PREFIX}trial-{uuid4()}"
        try:
            client().put_object(Bucket=settings.S3_BUCKET, Key=name, Body=b"works")
            client().get_object(Bucket=settings.S3_BUCKET, Key=name)["Body"].read()
            client().list_objects_v2(Bucket=settings.S3_BUCKET, Prefix=name)
            client().delete_object(Bucket=settings.S3_BUCKET, Key=name)
        except (ClientError, BotoCoreError) as error:
            return _cure(error)
        return ""


def key(path: Path) -> str:
    """What the bucket calls a file."""
    return f"{settings.S3_PREFIX}{path.relative_to(settings.MEDIA_ROOT)}"


def client() -> Any:
    """One for each process: connections must not be shared after a fork."""
    return _client(os.getpid(), settings.S3_ENDPOINT, settings.S3_REGION, settings.S3_KEY_ID, settings.S3_SECRET)


@lru_cache(maxsize=1)
def _client(process: int, endpoint: str, region: str, key_id: str, secret: str) -> Any:
    session = Session(aws_access_key_id=key_id, aws_secret_access_key=secret, region_name=region)
    return session.client("s3", endpoint_url=endpoint, config=CONFIG)


@contextmanager
def telling() -> Iterator[None]:
    """Whatever boto3 raises as FileNotFoundError or as StorageError with a sentence for the user."""
    try:
        yield
    except ClientError as error:
        code = code_of(error)
        if code in MISSING:
            raise FileNotFoundError(str(error)) from error
        raise StorageError(_refuses(code), code) from error
    except (BotoCoreError, Boto3Error) as error:
        raise StorageError(str(AWAY)) from error


@contextmanager
def _leaving_to_the_sweep() -> Iterator[None]:
    """The rows have let go of the files already."""
    try:
        with telling():
            yield
    except (StorageError, FileNotFoundError):
        log.warning("Something could not be removed; the sweep will find it.", exc_info=True)


def code_of(error: ClientError) -> str:
    """S3's name of what is wrong."""
    return str(error.response.get("Error", {}).get("Code", ""))


def _refuses(code: str) -> str:
    said = gettext(
        "The place where the server keeps its files refuses ({code}), so this waits; tell the administrator."
    )
    return said.format(code=code)


def at(path: Path) -> dict[str, str]:
    return {"Bucket": settings.S3_BUCKET, "Key": key(path)}


def _signed(path: Path, seconds: int, **shown: str) -> str:
    return str(client().generate_presigned_url("get_object", Params=at(path) | shown, ExpiresIn=seconds))


def _below(folder: Path) -> str:
    return settings.S3_PREFIX if folder == Path(settings.MEDIA_ROOT) else f"{key(folder)}/"


def _is_in(path: Path, name: str) -> bool:
    return name == key(path) or name.startswith(f"{key(path)}/")


def _keys(prefix: str) -> Iterator[str]:
    pages = client().get_paginator("list_objects_v2").paginate(Bucket=settings.S3_BUCKET, Prefix=prefix)
    return (found["Key"] for page in pages for found in page.get("Contents", ()))


def _unfinished(prefix: str) -> Iterator[dict[str, str]]:
    pages = client().get_paginator("list_multipart_uploads").paginate(Bucket=settings.S3_BUCKET, Prefix=prefix)
    try:
        yield from (found for page in pages for found in page.get("Uploads", ()))
    except ClientError as error:
        if code_of(error) != "NoSuchUpload":  # what some servers say when there is none at all
            raise


def _delete(keys: Sequence[str]) -> None:
    for at in range(0, len(keys), MOST_KEYS):
        some = [{"Key": name} for name in keys[at : at + MOST_KEYS]]
        answer = client().delete_objects(Bucket=settings.S3_BUCKET, Delete={"Objects": some, "Quiet": True})
        for error in answer.get("Errors", ()):
            if error["Code"] not in MISSING:
                raise StorageError(_refuses(error["Code"]), error["Code"])


def _cure(error: Exception) -> str:
    """What is wrong with which setting, and how to mend it."""
    if not isinstance(error, ClientError):
        what = type(error).__name__
        return f"S3_ENDPOINT: {settings.S3_ENDPOINT} does not answer ({what}); start it, or correct the address."
    bucket, code = settings.S3_BUCKET, code_of(error)
    cures = {
        "NoSuchBucket": f"S3_BUCKET: there is no bucket {bucket!r}; make it, or correct the name.",
        "InvalidAccessKeyId": "S3_KEY_ID: nobody knows this key; correct it.",
        "SignatureDoesNotMatch": "S3_SECRET does not fit S3_KEY_ID; correct it.",
        "AccessDenied": f"S3_KEY_ID may not {error.operation_name} in bucket {bucket!r}; give it that right.",
        "AuthorizationHeaderMalformed": "S3_REGION is not where the bucket is; correct it.",
        "PermanentRedirect": "S3_REGION is not where the bucket is; correct it.",
    }
    return cures.get(code, f"S3_BUCKET: {bucket!r} cannot be used ({code}: {error}); correct the S3_ settings.")
