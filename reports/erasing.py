"""Files with personal data, removed when a customer's personal data is erased."""

from __future__ import annotations

from django.dispatch import receiver
from django.utils import timezone

from customers.models import Customer
from customers.signals import customer_erased
from reports.models import ExportJob


@receiver(customer_erased, dispatch_uid="reports.erase_customer")
def expire_files(customer: Customer, **_: object) -> None:
    """Let every file that contains unmasked personal data expire now: the next sweep, of each minute, deletes it."""
    files = ExportJob.objects.filter(status=ExportJob.Status.SUCCEEDED, is_masked=False)
    files.update(expires_at=timezone.now())
