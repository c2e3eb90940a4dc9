"""Where one is logged in."""

from __future__ import annotations

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from customers.api import examples
from customers.api.auth import PRIVATE, caller
from customers.api.serializers import LoginsSerializer
from customers.sessions import end_login, logins_of
from customers.tokens import Claims
from dealport.kit.rest.docs import operation

ID = OpenApiParameter("id", {"type": "string"}, OpenApiParameter.PATH, description="The session's id.")


class SessionsView(APIView):
    """`GET /api/v1/auth/sessions`: where the caller is logged in."""

    @operation("listSessions", "List where you are logged in", answer=LoginsSerializer, example=examples.LOGINS)
    def get(self, request: Request) -> Response:
        """Answer with browser sessions and logins of the API, last used first."""
        family = request.auth.family if isinstance(request.auth, Claims) else None
        key = None if family else request._request.session.session_key
        found = logins_of(caller(request), session_key=key, family=family)
        return Response(LoginsSerializer({"sessions": found}).data, headers=PRIVATE)


class SessionView(APIView):
    """`DELETE /api/v1/auth/sessions/{id}`: ends one of these logins."""

    @operation("endSession", "Log out elsewhere", status=204, parameters=[ID], errors=(404,))
    def delete(self, request: Request, id: str) -> Response:
        """End one of one's own logins. Raises Http404 for any other."""
        if not end_login(user=caller(request), pk=id, actor=caller(request)):
            raise Http404("no such session")
        return Response(status=204)
