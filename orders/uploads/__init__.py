"""Files that people upload for a store: received by any web process, read by any worker, deleted after some days.

    upload = receive_upload(store=store, kind=Upload.Kind.PRODUCTS, file=request.FILES["file"], actor=user)
    …  a worker checks it: upload.preview says what it would do, status READY
    confirm_upload(upload=upload, actor=user)
    …  a worker applies it: upload.receipt says what it did, status APPLIED

A kind is a `Reader` in `kinds.py`.
"""

from orders.uploads.problems import Refused
from orders.uploads.receiving import add_part, begin_upload, cancel_upload, confirm_upload, receive_upload
from orders.uploads.running import run_upload
from orders.uploads.sweeping import clean, sweep

__all__ = [
    "Refused",
    "add_part",
    "begin_upload",
    "cancel_upload",
    "clean",
    "confirm_upload",
    "receive_upload",
    "run_upload",
    "sweep",
]
