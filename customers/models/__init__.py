"""Models of the customers app, one noun a file."""

from customers.models.audit import AuditEntry
from customers.models.credits import CreditEntry
from customers.models.customers import Address, Customer
from customers.models.idempotency import IdempotencyRecord
from customers.models.links import PasswordLink
from customers.models.merges import CustomerMerge
from customers.models.pictures import Picture
from customers.models.second_factors import RecoveryCode, SecondFactor
from customers.models.sessions import BrowserSession, RefreshToken, StaleAccount
from customers.models.stores import Membership, Store
from customers.models.subscriptions import Subscription
from customers.models.users import User

__all__ = [
    "Address",
    "AuditEntry",
    "BrowserSession",
    "CreditEntry",
    "Customer",
    "CustomerMerge",
    "IdempotencyRecord",
    "Membership",
    "PasswordLink",
    "Picture",
    "RecoveryCode",
    "RefreshToken",
    "SecondFactor",
    "StaleAccount",
    "Store",
    "Subscription",
    "User",
]
