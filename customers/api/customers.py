"""`/customers`, their credits and their subscription."""

from __future__ import annotations

import django_filters
from django.db.models import Exists, OuterRef
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from customers.actions import (
    add_credits,
    confirm_email,
    create_or_update_subscription,
    delete_customer,
    erase_customer,
    merge_customers,
    register_customer,
    restore_customer,
    spend_credits,
    undo_merge,
    update_customer,
)
from customers.api import examples
from customers.api.customer_serializers import (
    CreditEntrySerializer,
    CreditInput,
    CustomerChanges,
    CustomerDetailSerializer,
    CustomerInput,
    CustomerSerializer,
    MergeInput,
    MergeSerializer,
    SubscriptionInput,
    SubscriptionSerializer,
)
from customers.models import Address, CreditEntry, Customer, CustomerMerge
from customers.models.customers import CustomerQuerySet
from customers.pictures import add_picture
from customers.rest.filters import StoreFilterSet
from customers.rest.history import history_action
from customers.rest.idempotency import idempotent
from customers.rest.pictures import PictureInput, PictureSerializer, picture_operation
from customers.rest.restoring import restore_action
from customers.rest.views import IsAdmin, StoreOwnedViewSet
from customers.search import search_customers
from dealport.kit.errors import Conflict, invalid
from dealport.kit.rest.docs import operation, operations
from dealport.kit.rest.filters import AmountFilter, DayFilter, FlagFilter
from dealport.kit.rest.lists import COMMON, Nullable
from dealport.kit.rest.parsers import JSONParser
from dealport.kit.rest.queries import read_single


class CustomerFilters(StoreFilterSet):
    """What a list can be narrowed to. Days are those of each customer's own store, both included."""

    tier = django_filters.ChoiceFilter(choices=Customer.Tier.choices)
    status = django_filters.ChoiceFilter(choices=Customer.Status.choices)
    tag = django_filters.CharFilter(method="with_tag", max_length=40)
    country = django_filters.CharFilter(method="in_country", max_length=2)
    minSpent = AmountFilter(field_name="total_spent", lookup_expr="gte")
    maxSpent = AmountFilter(field_name="total_spent", lookup_expr="lte")
    createdFrom = DayFilter(field_name="created_at", method="from_day")
    createdTo = DayFilter(field_name="created_at", method="to_day")
    acceptsMarketing = FlagFilter(field_name="accepts_marketing")
    confirmed = FlagFilter(field_name="email_confirmed_at", lookup_expr="isnull", exclude=True)

    def with_tag(self, queryset: CustomerQuerySet, name: str, value: str) -> CustomerQuerySet:
        """Keep those with the tag (index customers_by_tag)."""
        return queryset.filter(tags__contains=[value])

    def in_country(self, queryset: CustomerQuerySet, name: str, value: str) -> CustomerQuerySet:
        """Keep those with an address in the country."""
        return queryset.filter(Exists(Address.objects.filter(customer=OuterRef("pk"), country=value)))


@operations(
    list=operation("listCustomers", "List customers", answer=CustomerSerializer(many=True), example=examples.CUSTOMER),
    retrieve=operation(
        "readCustomer", "Read a customer", answer=CustomerDetailSerializer, example=examples.CUSTOMER_DETAIL
    ),
)
class CustomerViewSet(StoreOwnedViewSet):
    """Customers of the caller's stores; deleted ones are not there."""

    queryset = Customer.objects.present().select_related("store")
    serializer_class = CustomerSerializer
    filterset_class = CustomerFilters
    ordering = ("-created_at", "-id")
    ordering_fields = {
        "createdAt": "created_at",
        "totalSpent": "total_spent",
        "totalOrders": "total_orders",
        "lastOrderAt": Nullable("last_order_at"),
    }

    history = history_action("listCustomerHistory", "a customer")

    restore = restore_action("customer", CustomerDetailSerializer, examples.CUSTOMER_DETAIL)

    def bring_back(self, row: Customer) -> Customer:
        """Undo the deletion. Raises Conflict where another customer has the email address now."""
        return restore_customer(customer=row, actor=self.account)

    @picture_operation("setCustomerAvatar", "Give a customer a picture")
    @action(detail=True, methods=["post"], url_path="avatar", parser_classes=(MultiPartParser, JSONParser))
    def avatar(self, request: Request, pk: str) -> Response:
        """Take a picture, or the address it is fetched from once (201); it is `avatar` once a worker has made it."""
        picture = add_picture(self.get_object(), **self.valid(PictureInput), actor=self.account)
        return Response(PictureSerializer(picture).data, status=201)

    def search(self, queryset: CustomerQuerySet, text: str) -> CustomerQuerySet:
        """Find by any part of name, email address or phone number; the newest 1,000 matches."""
        return search_customers(queryset, text)

    def get_object(self) -> Customer:
        """Return the customer. Raises Http404."""
        customer = super().get_object()
        assert isinstance(customer, Customer)
        return customer

    def answer(self, row: Customer, status: int = 200) -> Response:
        """Return a customer with address book and subscription."""
        detailed = self.own(Customer.objects.select_related("store", "subscription__store"), row.pk)
        return Response(CustomerDetailSerializer(detailed).data, status=status)

    @operation(
        "createCustomer",
        "Register a customer",
        status=201,
        body=CustomerInput,
        sent=examples.NEW_CUSTOMER,
        answer=CustomerDetailSerializer,
        example=examples.CUSTOMER_DETAIL,
        errors=(404, 409),
    )
    def create(self, request: Request) -> Response:
        """Register a customer. 400 names a field, 409 is an email address the store knows."""
        given = self.valid(CustomerInput)
        store = self.store_of(given)
        return self.answer(register_customer(store=store, **given, actor=self.account), status=201)

    @operation(
        "updateCustomer",
        "Change a customer",
        body=CustomerChanges,
        sent={"phone": "+34 600 000 000"},
        answer=CustomerDetailSerializer,
        example=examples.CUSTOMER_DETAIL,
        errors=(409,),
    )
    def partial_update(self, request: Request, pk: str) -> Response:
        """Change the fields that the body names. 400 names a field, 409 an email address the store knows."""
        customer = self.get_object()
        changes = self.valid(CustomerChanges, partial=True)
        return self.answer(update_customer(customer=customer, changes=changes, actor=self.account))

    @operation("deleteCustomer", "Delete a customer", status=204)
    def destroy(self, request: Request, pk: str) -> Response:
        """Hide a customer and cancel the subscription; orders, credits and figures stay."""
        delete_customer(customer=self.get_object(), actor=self.account)
        return Response(status=204)

    @operation(
        "mergeCustomers",
        "Merge another customer into this one",
        body=MergeInput,
        sent={"customerId": 4712},
        answer=MergeSerializer,
        example=examples.MERGE,
        errors=(409,),
    )
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, pk: str) -> Response:
        """Move orders, credits and subscription of another customer here, and delete that one."""
        customer = self.get_object()
        other = Customer.objects.present().filter(store=customer.store_id)
        merged = other.filter(pk=self.valid(MergeInput)["customer_id"]).first()
        if merged is None:
            raise invalid("customerId", "Enter another customer of the same store.")
        return Response(MergeSerializer(merge_customers(customer=customer, merged=merged, actor=self.account)).data)

    @operation(
        "undoMerge",
        "Undo the latest merge into a customer, within 30 days",
        answer=MergeSerializer,
        example={**examples.MERGE, "undoneAt": "2026-03-16T10:00:00Z"},
        errors=(409,),
    )
    @action(detail=True, methods=["post"], url_path="merge/undo")
    def undo_merge(self, request: Request, pk: str) -> Response:
        """Move back what came with the latest merge that was not undone; 409 if there is none."""
        latest = (
            CustomerMerge.objects.filter(customer=self.get_object(), undone_at__isnull=True).order_by("-pk").first()
        )
        if latest is None:
            raise Conflict("There is no merge to undo.")
        return Response(MergeSerializer(undo_merge(merge=latest, actor=self.account)).data)

    @operation("eraseCustomer", "Erase a customer's personal data for good", status=204)
    @action(detail=True, methods=["post"], permission_classes=[IsAuthenticated, IsAdmin])
    def erase(self, request: Request, pk: str) -> Response:
        """Erase name, email, phone, addresses and notes, also of orders and histories (204); figures stay."""
        customer = self.own(Customer.objects.all(), pk)
        assert isinstance(customer, Customer)
        erase_customer(customer=customer, actor=self.account)
        return Response(status=204)

    @operation(
        "confirmCustomerEmail",
        "Record that the email address was confirmed",
        answer=CustomerDetailSerializer,
        example=examples.CUSTOMER_DETAIL,
        errors=(409,),
    )
    @action(detail=True, methods=["post"], url_path="confirm-email")
    def confirm_email(self, request: Request, pk: str) -> Response:
        """Record that the email address was confirmed; a second time changes nothing."""
        return self.answer(confirm_email(customer=self.get_object(), actor=self.account))

    @operation(
        "listCredits",
        "List the changes of a customer's credit balance",
        answer=CreditEntrySerializer(many=True),
        example=examples.CREDIT_ENTRY,
        filters=False,
    )
    @action(detail=True, methods=["get"])
    def credits(self, request: Request, pk: str) -> Response:
        """Answer with the changes of the balance, newest first."""
        read_single(request.query_params, COMMON)
        entries = CreditEntry.objects.filter(customer=self.get_object()).select_related("store").order_by("-id")
        page = self.paginate_queryset(entries)
        return self.get_paginated_response(CreditEntrySerializer(page, many=True).data)

    @operation(
        "changeCredits",
        "Grant or spend credits",
        status=201,
        body=CreditInput,
        sent=examples.CREDIT,
        answer=CreditEntrySerializer,
        example=examples.CREDIT_ENTRY,
        keyed=True,
    )
    @credits.mapping.post
    @idempotent
    def change_credits(self, request: Request, pk: str) -> Response:
        """Grant or spend credits; 409 if the balance does not cover it."""
        customer = self.get_object()
        given = self.valid(CreditInput)
        amount = given["amount"]
        if amount == 0:
            raise invalid("amount", "Enter an amount other than zero.")
        change = add_credits if amount > 0 else spend_credits
        entry = change(customer=customer, amount=abs(amount), reason=given["reason"], actor=self.account)
        return Response(CreditEntrySerializer(entry).data, status=201)

    @operation(
        "setSubscription",
        "Set a customer's subscription",
        body=SubscriptionInput,
        sent=examples.SUBSCRIPTION,
        answer=SubscriptionSerializer,
        example=examples.KEPT_SUBSCRIPTION,
        errors=(409,),
    )
    @action(detail=True, methods=["put"])
    def subscription(self, request: Request, pk: str) -> Response:
        """Set the customer's subscription: the first one, or in place of the one there is. 400 names a field."""
        customer = self.get_object()
        found = create_or_update_subscription(customer=customer, **self.valid(SubscriptionInput), actor=self.account)
        return Response(SubscriptionSerializer(found).data)
