"""A bucket in memory that answers as boto3's client does, as far as the site asks; it can be away, or refuse."""

import hashlib
from base64 import b64decode
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError, EndpointConnectionError


class Bucket:
    """Objects and unfinished uploads by key."""

    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.kinds: dict[str, str] = {}
        self.uploads: dict[str, tuple[str, dict[int, bytes]]] = {}  # key and parts by upload id
        self.away = False
        self.refused: set[str] = set()  # names of methods
        self.asked: list[str] = []
        self._made = 0

    def __getattribute__(self, name: str) -> Any:
        found = object.__getattribute__(self, name)
        if not name.startswith("_") and callable(found) and name not in {"get_paginator", "generate_presigned_url"}:
            self.asked.append(name)
            if self.away:
                raise EndpointConnectionError(endpoint_url="http://bucket")
            if name in self.refused:
                raise _error("AccessDenied", name)
        return found

    def head_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        data = self._object(Key)
        return {"ContentLength": len(data), "ETag": f'"{_md5(data)}"', "LastModified": datetime.now(UTC)}

    def get_object(self, Bucket: str, Key: str, Range: str = "bytes=0-") -> dict[str, Any]:
        first, last = Range.removeprefix("bytes=").split("-")
        return {"Body": _Body(self._object(Key)[int(first) : int(last) + 1 if last else None])}

    def put_object(self, Bucket: str, Key: str, Body: bytes, ContentMD5: str = "") -> None:
        _compare(Body, ContentMD5)
        self.objects[Key] = Body

    def upload_file(self, path: str, bucket: str, key: str, ExtraArgs: dict[str, str], Config: object) -> None:
        self.objects[key], self.kinds[key] = Path(path).read_bytes(), ExtraArgs["ContentType"]

    def download_file(
        self, bucket: str, key: str, path: str, Callback: Callable[[int], None] | None, Config: object
    ) -> None:
        Path(path).write_bytes(self._object(key))
        if Callback:
            Callback(len(self._object(key)))

    def copy(self, source: dict[str, str], bucket: str, key: str, Config: object) -> None:
        self.objects[key] = self._object(source["Key"])

    def delete_object(self, Bucket: str, Key: str) -> None:
        self.objects.pop(Key, None)

    def delete_objects(self, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        for entry in Delete["Objects"]:
            self.objects.pop(entry["Key"], None)
        return {}

    def list_objects_v2(self, Bucket: str, Prefix: str) -> dict[str, Any]:
        return {"Contents": [{"Key": key} for key in sorted(self.objects) if key.startswith(Prefix)]}

    def list_multipart_uploads(self, Bucket: str, Prefix: str) -> dict[str, Any]:
        found = [{"Key": key, "UploadId": name} for name, (key, _) in self.uploads.items() if key.startswith(Prefix)]
        return {"Uploads": found}

    def create_multipart_upload(self, Bucket: str, Key: str, ContentType: str) -> dict[str, str]:
        self._made += 1
        self.uploads[f"upload-{self._made}"] = Key, {}
        return {"UploadId": f"upload-{self._made}"}

    def upload_part(self, Bucket: str, Key: str, UploadId: str, PartNumber: int, Body: bytes, ContentMD5: str) -> None:
        _compare(Body, ContentMD5)
        self._upload(UploadId)[PartNumber] = Body

    def list_parts(
        self, Bucket: str, Key: str, UploadId: str, PartNumberMarker: int = 0, MaxParts: int = 1000
    ) -> dict[str, Any]:
        numbers = sorted(number for number in self._upload(UploadId) if number > PartNumberMarker)
        return {"Parts": [{"PartNumber": number, "ETag": str(number)} for number in numbers[:MaxParts]]}

    def complete_multipart_upload(
        self, Bucket: str, Key: str, UploadId: str, MultipartUpload: dict[str, list[dict[str, Any]]]
    ) -> None:
        parts = self._upload(UploadId)
        self.objects[Key] = b"".join(parts[part["PartNumber"]] for part in MultipartUpload["Parts"])
        del self.uploads[UploadId]

    def abort_multipart_upload(self, Bucket: str, Key: str, UploadId: str) -> None:
        self.uploads.pop(UploadId, None)

    def generate_presigned_url(self, method: str, Params: dict[str, str], ExpiresIn: int) -> str:
        rest = "&".join(f"{name}={value}" for name, value in Params.items() if name.startswith("Response"))
        return f"http://bucket/{Params['Bucket']}/{Params['Key']}?seconds={ExpiresIn}&{rest}"

    def get_paginator(self, method: str) -> "_Pages":
        return _Pages(getattr(self, method))

    def _object(self, key: str) -> bytes:
        if key not in self.objects:
            raise _error("404", "HeadObject")
        return self.objects[key]

    def _upload(self, name: str) -> dict[int, bytes]:
        if name not in self.uploads:
            raise _error("NoSuchUpload", "UploadPart")
        return self.uploads[name][1]


class _Pages:
    """All on one page."""

    def __init__(self, method: Callable[..., dict[str, Any]]) -> None:
        self._method = method

    def paginate(self, **which: Any) -> list[dict[str, Any]]:
        return [self._method(**which)]


class _Body(BytesIO):
    def iter_chunks(self, size: int) -> Iterator[bytes]:
        while piece := self.read(size):
            yield piece


def _compare(data: bytes, checksum: str) -> None:
    if checksum and b64decode(checksum).hex() != _md5(data):
        raise _error("BadDigest", "PutObject")


def _md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _error(code: str, method: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": code}}, method)
