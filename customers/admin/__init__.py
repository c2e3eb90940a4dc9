"""The admin of the customers app; `base` is what the other houses' admins build on."""

from customers.admin import accounts, audit, credits, customers, merges, pictures, stores, technical

__all__ = ["accounts", "audit", "credits", "customers", "merges", "pictures", "stores", "technical"]
