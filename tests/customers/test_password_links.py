"""Mails that set a password: forgotten passwords and invitations."""

from __future__ import annotations

import re
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected
from typing import Any
from unittest import mock

import pytest
import time_machine
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from customers import password_links
from customers.actions import set_password, update_user
from customers.models import AuditEntry, PasswordLink, User
from customers.tasks import prune
from tests.builders import a_store, a_user

pytestmark = pytest.mark.django_db
NEW = "a-long-password-3"
LOGIN = {"password": NEW}


def post(path: str, content: Any, user: User | None = None) -> Any:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client.post(f"/api/v1/auth/{path}", content, content_type="application/json")


def mailed_token() -> str:
    """Send what waits and return the token of the newest mail's link."""
    assert password_links.send_mails() == 1
    found = re.search(r"/password/set/\?token=(\S+)", str(mail.outbox[-1].body))
    assert found is not None
    return found[1]


def forgotten(email: str) -> str:
    assert post("password/forgot", {"email": email}).status_code == 202
    return mailed_token()


def sets(token: str, password: str = NEW) -> int:
    return int(post("password/reset", {"token": token, "password": password}).status_code)


def test_a_forgotten_password_is_set_anew_with_the_link_of_a_plain_mail() -> None:
    user = a_user(email="jo@example.com")
    issued = post("login", {"email": user.email, "password": "secret-pass-1", "transport": "body"}).json()["data"]

    token = forgotten("Jo@Example.com")

    (message,) = mail.outbox
    assert (message.to, message.subject) == (["jo@example.com"], "Set a new DealPort password")
    assert message.message().get_content_type() == "text/plain"
    assert not PasswordLink.objects.filter(token_hash=token).exists()
    assert sets(token) == 204
    assert post("login", {"email": user.email, "password": "secret-pass-1"}).status_code == 401
    assert post("login", {"email": user.email, "password": NEW}).status_code == 200
    assert post("refresh", {"refreshToken": issued["refreshToken"]}).status_code == 401
    entry = AuditEntry.objects.get(action="password set")
    assert (entry.actor_id, entry.changes) == (user.pk, {"password": ["***", "***"]})


def test_a_link_works_once() -> None:
    token = forgotten(a_user().email)
    assert [sets(token), sets(token, "another-pass-4")] == [204, 400]


def test_a_password_that_breaks_the_rules_uses_nothing_up() -> None:
    token = forgotten(a_user().email)
    assert [sets(token, "short"), sets(token)] == [400, 204]


@pytest.mark.parametrize(("minutes", "status"), [(59, 204), (61, 400)])
def test_a_link_expires_after_an_hour(minutes: int, status: int) -> None:
    token = forgotten(a_user().email)
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
        assert sets(token) == status


@pytest.mark.parametrize("changes", [{"status": "SUSPENDED"}, {"role": "user"}, {}])
def test_a_link_ends_with_the_state_it_was_made_for(changes: dict[str, str]) -> None:
    user = a_user(User.Role.STAFF)
    token = forgotten(user.email)
    if changes:
        update_user(user=user, changes=changes, actor=None)
    else:
        set_password(user=user, password="another-pass-4", actor=None)
    assert sets(token) == 400


def test_the_answer_and_the_work_are_the_same_for_every_address(django_assert_num_queries: Any) -> None:
    a_user(email="jo@example.com")
    a_user(email="gone@example.com", status="SUSPENDED")
    answers = []
    for email in ("jo@example.com", "gone@example.com", "nobody@example.com"):
        with django_assert_num_queries(1):
            answer = post("password/forgot", {"email": email})
        answers.append((answer.status_code, answer.content))
    assert len(set(answers)) == 1 and answers[0][0] == 202

    assert password_links.send_mails() == 1

    assert [message.to for message in mail.outbox] == [["jo@example.com"]]
    assert not PasswordLink.objects.filter(next_try_at__isnull=False).exists()


def test_an_address_gets_three_mails_an_hour_whoever_asks() -> None:
    user = a_user()
    for _ in range(5):
        assert post("password/forgot", {"email": user.email}).status_code == 202
    assert password_links.send_mails() == 3
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert post("password/forgot", {"email": user.email}).status_code == 202
        assert password_links.send_mails() == 1


def test_requests_count_against_the_limit_of_their_address(settings: Any) -> None:
    settings.DEALPORT_ANONYMOUS_REQUESTS = 2
    answers = [post("password/forgot", {"email": "a@example.com"}).status_code for _ in range(3)]
    assert answers == [202, 202, 429]
    page = Client().post("/password/forgot/", {"email": "a@example.com"})
    assert (page.status_code, page.has_header("Retry-After")) == (429, True)
    assert PasswordLink.objects.count() == 2


def test_a_mail_server_that_is_away_delays_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    user = a_user()
    post("password/forgot", {"email": user.email})

    def away(self: Any, **_: Any) -> int:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr("django.core.mail.EmailMessage.send", away)
        assert password_links.send_mails() == 0
    assert password_links.send_mails() == 0  # not yet again
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        assert sets(mailed_token()) == 204


@pytest.mark.parametrize(
    ("error", "tried"), [(TimeoutError(), 1), (SMTPServerDisconnected(), 1), (SMTPRecipientsRefused({}), 3)]
)
def test_a_mail_server_that_is_away_is_tried_once_and_not_for_every_mail(error: OSError, tried: int) -> None:
    for number in range(3):
        password_links.request_reset(a_user(email=f"{number}@example.com").email)
    with mock.patch.object(EmailMessage, "send", side_effect=error) as send:
        assert password_links.send_mails() == 0
    assert send.call_count == tried


def test_an_invited_person_sets_a_password_and_works_in_the_stores() -> None:
    store, admin = a_store(), a_user(User.Role.ADMIN)
    content = {"email": "New@example.com", "name": "New", "role": "staff", "stores": [store.slug]}

    answer = post("invitations", content, admin)

    assert (answer.status_code, answer.json()["data"]["status"]) == (201, "INACTIVE")
    new = User.objects.get(email="new@example.com")
    assert not new.has_usable_password()
    token = mailed_token()
    assert mail.outbox[-1].to == ["new@example.com"]
    assert sets(token) == 204
    answer = post("login", {"email": "new@example.com", "password": NEW})
    assert [found["slug"] for found in answer.json()["data"]["user"]["stores"]] == [store.slug]
    assert [entry.action for entry in AuditEntry.objects.filter(object_id=new.pk).order_by("pk")] == [
        "invited",
        "store granted",
        "changed",
        "password set",
    ]


def test_an_invitation_can_be_sent_again_until_it_is_used() -> None:
    admin = a_user(User.Role.ADMIN)
    first = post("invitations", {"email": "new@example.com"}, admin)
    one = mailed_token()
    assert post("invitations", {"email": "new@example.com"}, admin).json()["data"]["id"] == first.json()["data"]["id"]
    assert sets(mailed_token()) == 204
    assert sets(one) == 400
    assert post("invitations", {"email": "new@example.com"}, admin).status_code == 409
    assert post("password/forgot", {"email": "new@example.com"}).status_code == 202


def test_a_super_admin_is_invited_by_super_admins_alone() -> None:
    content = {"email": "new@example.com", "role": "super_admin"}
    assert post("invitations", content, a_user(User.Role.ADMIN)).status_code == 403
    assert not User.objects.filter(email="new@example.com").exists()
    assert post("invitations", content, a_user(User.Role.SUPER_ADMIN)).status_code == 201
    assert sets(mailed_token()) == 204
    assert User.objects.get(email="new@example.com").is_superuser


def test_an_account_that_was_made_inactive_gets_no_link() -> None:
    user = a_user(status="INACTIVE")
    assert post("password/forgot", {"email": user.email}).status_code == 202
    assert post("invitations", {"email": user.email}, a_user(User.Role.ADMIN)).status_code == 409
    assert password_links.send_mails() == 0


def test_the_pages_do_the_same() -> None:
    user, client = a_user(), Client()
    answer = client.post("/password/forgot/", {"email": user.email}, follow=True)
    assert "If an account has this email address, a mail with a link is on its way." in answer.content.decode()
    page = f"/password/set/?token={mailed_token()}"

    assert client.get(page).context["is_over"] is False
    differs = client.post(page, {"password": NEW, "again": "another"})
    assert "The two passwords differ." in differs.content.decode()
    assert "too short" in client.post(page, {"password": "x", "again": "x"}).content.decode()
    done = client.post(page, {"password": NEW, "again": NEW}, follow=True)

    assert "Your password is set." in done.content.decode()
    assert client.login(email=user.email, password=NEW, request=None)
    over = client.get(page)
    assert (over.context["is_over"], over["Cache-Control"]) == (
        True,
        "max-age=0, no-cache, no-store, must-revalidate, private",
    )


def test_old_requests_are_deleted() -> None:
    post("password/forgot", {"email": "nobody@example.com"})
    prune()
    assert PasswordLink.objects.count() == 1
    with time_machine.travel(timezone.now() + timedelta(days=31)):
        prune()
    assert PasswordLink.objects.count() == 0
