"""The admin of the customers house; `base` is what the other houses' admins build on."""

from customers.admin import accounts, credits, customers, stores, technical

__all__ = ["accounts", "credits", "customers", "stores", "technical"]
