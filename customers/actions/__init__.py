"""Every write of the customers app: verbs, keyword-only, one transaction each, `actor` explicit."""

from customers.actions.accounts import (
    create_user,
    grant_store,
    invite_user,
    remove_second_factor,
    revoke_store,
    set_password,
    set_password_by_link,
    update_user,
)
from customers.actions.addresses import delete_address, save_address
from customers.actions.credits import add_credits, cancel_subscription, create_or_update_subscription, spend_credits
from customers.actions.customers import (
    confirm_email,
    delete_customer,
    register_customer,
    restore_customer,
    update_customer,
)
from customers.actions.erasing import erase_customer
from customers.actions.merging import merge_customers, undo_merge
from customers.actions.order_figures import average, record_order_figures, tier_for
from customers.actions.stores import create_store, rotate_webhook_secret, update_store

__all__ = [
    "add_credits",
    "average",
    "cancel_subscription",
    "confirm_email",
    "create_or_update_subscription",
    "create_store",
    "create_user",
    "delete_address",
    "delete_customer",
    "erase_customer",
    "grant_store",
    "invite_user",
    "merge_customers",
    "record_order_figures",
    "register_customer",
    "remove_second_factor",
    "restore_customer",
    "revoke_store",
    "rotate_webhook_secret",
    "save_address",
    "set_password",
    "set_password_by_link",
    "spend_credits",
    "tier_for",
    "undo_merge",
    "update_customer",
    "update_store",
    "update_user",
]
