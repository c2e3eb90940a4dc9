"""Pictures from our own address: pages load no other."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from customers.access import stores_for
from customers.models import Picture
from dealport.kit.pictures import CONTENT_TYPE
from dealport.kit.storage import MissingFile, StorageAway, StorageRefused, store

A_DAY, A_YEAR = 86_400, 31_536_000
POLICY = "default-src 'none'; sandbox"


@require_safe
def picture_file(request: HttpRequest, token: str, small: bool = False) -> HttpResponse | FileResponse:
    """Send a picture, or its thumbnail, from the storage; 404 for who may not see it as for one that is not there.

    What an address shows never changes, so that browsers keep it: of goods anybody's cache, of people their own.
    """
    picture = None if "\0" in token else Picture.objects.filter(token=token, status=Picture.Status.READY).first()
    if picture is None or not _may_see(request, picture):
        raise Http404("no such picture")
    try:
        file = store().open(picture.thumbnail_key if small else picture.file_key)
    except MissingFile:
        raise Http404("no such picture") from None
    except (StorageAway, StorageRefused):
        return HttpResponse(status=503, headers={"Retry-After": "60", "Cache-Control": "no-store"})
    response = FileResponse(file, content_type=CONTENT_TYPE)
    scope, seconds = ("public", A_YEAR) if picture.is_public else ("private", A_DAY)
    response.headers["Cache-Control"] = f"{scope}, max-age={seconds}, immutable"
    response.headers["Content-Security-Policy"] = POLICY
    return response


def _may_see(request: HttpRequest, picture: Picture) -> bool:
    """Goods are seen by whoever knows the address, people by who works in their store, accounts by every account."""
    if picture.is_public:
        return True
    if picture.store_id is None:
        return request.user.is_authenticated
    return stores_for(request.user).filter(pk=picture.store_id).exists()
