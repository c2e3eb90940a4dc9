"""Files in a private bucket: Amazon S3, or any other server that speaks its protocol."""

from __future__ import annotations

import io
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import boto3
from botocore import exceptions
from botocore.client import BaseClient
from botocore.config import Config
from botocore.parsers import ResponseParserError
from django.utils.http import content_disposition_header

from dealport.kit.causes import CERTIFICATE, SILENT, network_cause
from dealport.kit.storage.contract import Alive, MissingFile, Pulse, StorageAway, StorageRefused, checked, is_key
from dealport.kit.values import Json

PART_BYTES = 8 * 1024 * 1024
# S3 takes 10,000, other servers no more than 1,000.
MOST_PARTS = 1000
# Seconds to connect, and to wait for the next byte; a request is tried three times.
PATIENCE = (5.0, 20.0)
# The readiness probe has two seconds for everything, and cleaning up after a failure should not take long either.
IMPATIENCE = (0.8, 0.9)

AWAY = (exceptions.ConnectionError, exceptions.HTTPClientError, exceptions.IncompleteReadError, ResponseParserError)
# an upload that is gone was aborted by somebody: a new one may do better
AWAY_CODES = {"SlowDown", "RequestTimeout", "Throttling", "ThrottlingException", "NoSuchUpload"}
NO_BUCKET = "The bucket does not exist."
REFUSALS = {
    "InvalidAccessKeyId": "The storage does not know the access key",
    "SignatureDoesNotMatch": "The storage refused access: the secret does not belong to the access key",
    "ExpiredToken": "The storage refused access: the temporary credentials have expired",
    "RequestTimeTooSkewed": "The storage refused access: the clocks differ too much",
    "AccessDenied": "The storage refused access: the access key may not do this in the bucket",
}


@dataclass
class _Upload:
    """One file on its way. The mark tells it from another upload to the same key."""

    key: str
    size: int
    headers: Json
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)
    id: str = ""


class S3Store:
    """Objects of a bucket of its own. Credentials may be empty: boto3 then looks for them where it always does."""

    def __init__(
        self,
        bucket: str,
        *,
        endpoint_url: str,
        region: str,
        key_id: str,
        secret: str,
        patience: tuple[float, float] = PATIENCE,
    ) -> None:
        self._bucket = bucket
        self._where = {
            "endpoint_url": endpoint_url or None,
            "region_name": region,
            "aws_access_key_id": key_id or None,
            "aws_secret_access_key": secret or None,
        }
        session = boto3.session.Session()
        try:
            with _translated():
                self._s3 = self._client(session, patience, attempts=3)
                self._hasty = self._client(session, IMPATIENCE, attempts=1)
        except ValueError:
            raise StorageRefused("The storage's address is not one.") from None

    def put(self, key: str, path: Path, *, file_name: str, content_type: str, alive: Alive) -> None:
        """Upload in one piece, or in parts one after the other; memory does not grow with the file."""
        headers = {"ContentType": content_type, "ContentDisposition": _disposition(file_name)}
        upload = _Upload(checked(key), path.stat().st_size, headers)
        try:
            with path.open("rb") as file:
                self._send(upload, file, alive)
            alive(upload.size)
        except _Stopped as stopped:
            self._undo(upload, self._s3)
            raise stopped.reason from None
        except StorageAway:
            self._undo(upload, self._hasty)
            raise
        except BaseException:
            self._undo(upload, self._s3)
            raise

    def link(self, key: str, *, file_name: str, content_type: str, seconds: int) -> str | None:
        """Return a presigned address (SigV4); it asks the bucket nothing, so the file may be missing."""
        answer = {"ResponseContentType": content_type, "ResponseContentDisposition": _disposition(file_name)}
        with _translated():
            return str(
                self._s3.generate_presigned_url(
                    "get_object", Params={**self._object(checked(key)), **answer}, ExpiresIn=seconds
                )
            )

    def open(self, key: str) -> BinaryIO:
        """Return the object as a stream; reading may raise StorageAway as well."""
        with _translated(missing=key):
            body = self._s3.get_object(**self._object(checked(key)))["Body"]
        return io.BufferedReader(_Download(body), buffer_size=128 * 1024)

    def delete(self, key: str) -> None:
        """Remove the object; one that is not there is fine. Raises StorageAway, StorageRefused."""
        with _translated():
            self._s3.delete_object(**self._object(checked(key)))

    def files(self, prefix: str, *, before: datetime) -> Iterator[str]:
        """Yield keys in the order of their names; objects that cannot be ours are passed over."""
        for found in self._listed("list_objects_v2", "Contents", Prefix=prefix):
            if found["LastModified"] < before and is_key(found["Key"]):
                yield found["Key"]

    def abort_uploads(self, prefix: str = "", *, before: datetime) -> int:
        """Abort multipart uploads whose process died; the bucket would keep, and charge for, their parts for ever."""
        count = 0
        for found in self._listed("list_multipart_uploads", "Uploads", Prefix=prefix):
            if found["Initiated"] < before and is_key(found["Key"]):
                self._abort(self._s3, found["Key"], found["UploadId"])
                count += 1
        return count

    def check(self) -> str:
        """Ask once whether the bucket is there and lets us in."""
        try:
            with _translated(missing=self._bucket):
                # not HEAD, whose answer has no text that tells a wrong key from a missing right
                self._hasty.list_objects_v2(Bucket=self._bucket, MaxKeys=1)
        except MissingFile:
            return NO_BUCKET
        except (StorageAway, StorageRefused) as error:
            return str(error)
        return ""

    def _client(self, session: Any, patience: tuple[float, float], *, attempts: int) -> BaseClient:
        connect, read = patience
        config = Config(
            signature_version="s3v4",
            s3={"addressing_style": self._addressing()},
            connect_timeout=connect,
            read_timeout=read,
            retries={"mode": "standard", "total_max_attempts": attempts},
            # newer checksums are unknown to many servers; the signature covers a sha256 of every part
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        )
        return session.client("s3", config=config, **self._where)

    def _addressing(self) -> str:
        """Choose where the bucket's name stands.

        A server of one's own seldom has a host name for each bucket, and no certificate covers one with dots. At
        Amazon "virtual" it is: with "auto" links lead to us-east-1, whose redirect breaks the signature.
        """
        return "path" if self._where["endpoint_url"] or "." in self._bucket else "virtual"

    def _object(self, key: str) -> dict[str, str]:
        return {"Bucket": self._bucket, "Key": key}

    def _send(self, upload: _Upload, file: BinaryIO, alive: Alive) -> None:
        place = self._object(upload.key)
        headers = {**upload.headers, "Metadata": {"upload": upload.mark}}
        pulse = Pulse(alive)
        with _translated():
            if upload.size <= PART_BYTES:
                body = _Part(file, 0, upload.size, partial(pulse.beat, 0))
                self._s3.put_object(**place, **headers, Body=body, ContentLength=upload.size)
            else:
                upload.id = self._s3.create_multipart_upload(**place, **headers)["UploadId"]
                parts = list(self._send_parts(upload, file, alive))
                self._s3.complete_multipart_upload(**place, UploadId=upload.id, MultipartUpload={"Parts": parts})
            if self._arrived(upload, self._s3) != upload.size:
                raise StorageAway("The file did not arrive as it was sent.")

    def _send_parts(self, upload: _Upload, file: BinaryIO, alive: Alive) -> Iterator[Json]:
        length = max(PART_BYTES, -(-upload.size // MOST_PARTS))
        pulse = Pulse(alive)
        for number, start in enumerate(range(0, upload.size, length), 1):
            body = _Part(file, start, min(length, upload.size - start), partial(pulse.beat, start))
            answer = self._s3.upload_part(
                **self._object(upload.key), UploadId=upload.id, PartNumber=number, Body=body, ContentLength=body.length
            )
            yield {"PartNumber": number, "ETag": answer["ETag"]}

    def _arrived(self, upload: _Upload, client: BaseClient) -> int | None:
        """Return the size of what this upload left at its key; None if that is nothing, or another's file."""
        try:
            with _translated(missing=upload.key):
                found = client.head_object(**self._object(upload.key))
        except MissingFile:
            return None
        return int(found["ContentLength"]) if found["Metadata"].get("upload") == upload.mark else None

    def _undo(self, upload: _Upload, client: BaseClient) -> None:
        """Take back what arrived. Where the bucket is away now, `abort_uploads` and `files` will find it later."""
        with suppress(StorageAway, StorageRefused):
            if upload.id:
                self._abort(client, upload.key, upload.id)
            if self._arrived(upload, client) is not None:
                with _translated():
                    client.delete_object(**self._object(upload.key))

    def _abort(self, client: BaseClient, key: str, upload_id: str) -> None:
        with suppress(MissingFile), _translated(missing=key):
            client.abort_multipart_upload(**self._object(key), UploadId=upload_id)

    def _listed(self, operation: str, what: str, **arguments: str) -> Iterator[Json]:
        with _translated():
            for page in self._s3.get_paginator(operation).paginate(Bucket=self._bucket, **arguments):
                yield from page.get(what, [])


class _Stopped(BaseException):
    """Carries the exception of `alive` out of boto3, which would take an Exception for a broken connection."""

    def __init__(self, reason: Exception) -> None:
        self.reason = reason


class _Part(io.RawIOBase):
    """Some bytes of a file, from the beginning as often as boto3 needs: to sign them, to send them, to try again."""

    def __init__(self, file: BinaryIO, start: int, length: int, beat: Callable[[], None]) -> None:
        self.length = length
        self._file, self._start, self._beat, self._position = file, start, beat, 0

    def readable(self) -> bool:
        """Answer yes, as boto3 asks before it reads."""
        return True

    def seekable(self) -> bool:
        """Answer yes: boto3 goes back to the beginning when it sends a part again."""
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move within the part, whose bytes start at its own offset of the file; return the new position."""
        self._position = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.length}[whence] + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer, and say that work goes on."""
        try:
            self._beat()
        except Exception as error:
            raise _Stopped(error) from None
        self._file.seek(self._start + self._position)
        data = self._file.read(min(len(buffer), self.length - self._position))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)


class _Download(io.RawIOBase):
    """The body of an answer, with errors of ours."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readable(self) -> bool:
        """Answer yes, as io.BufferedReader asks."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer with what comes."""
        with _translated():
            data: bytes = self._body.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        """Close the connection, so that the rest of the object is not sent."""
        self._body.close()
        super().close()


def _disposition(file_name: str) -> str:
    """Return the header that makes browsers save the file; names beyond ASCII as in RFC 5987."""
    return content_disposition_header(True, file_name) or "attachment"


@contextmanager
def _translated(*, missing: str = "") -> Iterator[None]:
    """Turn boto3's errors into ours; a 404 into MissingFile where `missing` names the file.

    Their texts hold addresses and sometimes key ids, so they stay here.
    """
    try:
        yield
    except exceptions.ClientError as error:
        raise _named(error, missing) from None
    except (exceptions.ReadTimeoutError, exceptions.ConnectTimeoutError):
        raise StorageAway("The storage did not answer in time.") from None
    except AWAY as error:
        raise _unreachable(error) from None
    except (exceptions.NoCredentialsError, exceptions.PartialCredentialsError, exceptions.CredentialRetrievalError):
        raise StorageRefused("There are no credentials for the storage.") from None
    except exceptions.BotoCoreError as error:
        raise StorageRefused(f"The storage is not configured rightly ({type(error).__name__}).") from None


def _unreachable(error: Exception) -> Exception:
    """Name the cause; a certificate stays wrong until somebody changes it, everything else may pass."""
    cause = network_cause(error)
    if cause == SILENT:
        return StorageAway("The storage did not answer in time.")
    if cause.startswith(CERTIFICATE):
        return StorageRefused(f"The storage cannot be reached: {cause}.")
    return StorageAway(f"The storage cannot be reached: {cause or 'the connection broke'}.")


def _named(error: exceptions.ClientError, missing: str) -> Exception:
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    code = str(error.response.get("Error", {}).get("Code", ""))
    shown = code if re.fullmatch(r"[A-Za-z0-9.]{1,60}", code) else str(status)
    if code == "NoSuchBucket":
        return StorageRefused(NO_BUCKET)
    if status == 404 and missing:
        return MissingFile(missing)
    if status >= 500 or status == 429 or code in AWAY_CODES:
        return StorageAway(f"The storage is busy or broken ({shown}).")
    if status in (401, 403):
        return StorageRefused(f"{REFUSALS.get(code, 'The storage refused access')} ({shown}).")
    return StorageRefused(f"The storage refused the request ({shown}).")
