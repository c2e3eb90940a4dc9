"""What is asked of Shopify's Admin GraphQL API, and its orders in the layout of the REST API, which one reader reads.

Everything asked for stands in the API from version 2024-10 on. Lists (transactions, refunds, fulfillments) come whole;
connections come in pages, whose size is what a request costs.
"""

from __future__ import annotations

from dealport.kit.values import Json

LINES, REFUND_LINES = 25, 10

MONEY = "{ shopMoney { amount } }"
LINE = f"""
id title name quantity sku isGiftCard
originalUnitPriceSet {MONEY} discountAllocations {{ allocatedAmountSet {MONEY} }}
"""
ADDRESS = "{ name address1 address2 city provinceCode countryCodeV2 zip phone }"
TRANSACTION = f"id kind status processedAt createdAt amountSet {MONEY}"
# what a bulk operation may ask of an order as well: no connection inside of a list
ORDER = f"""
id name createdAt processedAt updatedAt cancelledAt currencyCode email phone sourceName note taxesIncluded tags
displayFinancialStatus displayFulfillmentStatus paymentGatewayNames discountCodes
totalPriceSet {MONEY} totalTaxSet {MONEY} totalShippingPriceSet {MONEY} totalTipReceivedSet {MONEY}
totalOutstandingSet {MONEY} originalTotalDutiesSet {MONEY}
customer {{ email }} billingAddress {ADDRESS} shippingAddress {ADDRESS}
taxLines {{ title priceSet {MONEY} }} paymentTerms {{ paymentTermsType }}
transactions {{ {TRANSACTION} }}
fulfillments {{ status createdAt trackingInfo {{ number company url }} }}
"""
REFUND = f"""
id createdAt note
refundLineItems(first: {REFUND_LINES}) {{ nodes {{ quantity subtotalSet {MONEY} lineItem {{ id }} }}
  pageInfo {{ hasNextPage endCursor }} }}
refundShippingLines(first: 5) {{ nodes {{ subtotalAmountSet {MONEY} }} }}
transactions(first: 5) {{ nodes {{ {TRANSACTION} }} }}
"""
ORDERS_BY_ID = f"""query($ids: [ID!]!) {{ nodes(ids: $ids) {{ ... on Order {{ {ORDER}
lineItems(first: {LINES}) {{ nodes {{ {LINE} }} pageInfo {{ hasNextPage endCursor }} }}
paymentTerms {{ paymentSchedules(first: 5) {{ nodes {{ dueAt }} }} }}
refunds {{ {REFUND} }} }} }} }}"""
MORE_LINES = f"""query($id: ID!, $after: String) {{ node(id: $id) {{ ... on Order {{
lineItems(first: 100, after: $after) {{ nodes {{ {LINE} }} pageInfo {{ hasNextPage endCursor }} }} }} }} }}"""
MORE_REFUND_LINES = f"""query($id: ID!, $after: String) {{ node(id: $id) {{ ... on Refund {{
refundLineItems(first: 100, after: $after) {{ nodes {{ quantity subtotalSet {MONEY} lineItem {{ id }} }}
pageInfo {{ hasNextPage endCursor }} }} }} }} }}"""
SUMMARIES = f"""query($search: String!, $order: OrderSortKeys!, $first: Int!, $after: String) {{
orders(first: $first, after: $after, query: $search, sortKey: $order) {{
nodes {{ id createdAt processedAt updatedAt netPaymentSet {MONEY} }} pageInfo {{ hasNextPage endCursor }} }} }}"""
SCOPES = "{ currentAppInstallation { accessScopes { handle } } }"
# refunds have their lines in a connection, which a bulk operation cannot have in a list: those orders are fetched
BULK = f"""{{ orders(query: "%SEARCH%") {{ edges {{ node {{ {ORDER} refunds {{ id }}
lineItems {{ edges {{ node {{ {LINE} }} }} }} }} }} }} }}"""
RUN_BULK = """mutation($query: String!) { bulkOperationRunQuery(query: $query) {
bulkOperation { id status } userErrors { field message } } }"""
READ_BULK = """query($id: ID!) { node(id: $id) { ... on BulkOperation { id status errorCode url objectCount } } }"""
SUBSCRIBE = """mutation($topic: WebhookSubscriptionTopic!, $webhook: WebhookSubscriptionInput!) {
webhookSubscriptionCreate(topic: $topic, webhookSubscription: $webhook) {
webhookSubscription { id } userErrors { field message } } }"""


def tail(gid: str) -> str:
    """Return the id that the REST API knows an object by: the end of gid://shopify/Order/1."""
    return gid.rpartition("/")[2].partition("?")[0]


def as_rest(node: Json, lines: list[Json]) -> Json:
    """Return an order as the REST API would state it, with the line items given and with its transactions."""
    key = tail(node["id"])
    return {
        "id": key,
        "name": node["name"],
        "created_at": node["createdAt"],
        "processed_at": node.get("processedAt"),
        "updated_at": node["updatedAt"],
        "cancelled_at": node.get("cancelledAt"),
        "currency": node["currencyCode"],
        "email": node.get("email"),
        "phone": node.get("phone"),
        "customer": node.get("customer"),
        "source_name": node.get("sourceName"),
        "note": node.get("note"),
        "tags": ", ".join(node.get("tags") or ()),
        "taxes_included": node.get("taxesIncluded"),
        "financial_status": (node.get("displayFinancialStatus") or "").lower(),
        "fulfillment_status": "fulfilled" if node.get("displayFulfillmentStatus") == "FULFILLED" else None,
        "payment_gateway_names": node.get("paymentGatewayNames"),
        "payment_terms": _terms(node.get("paymentTerms")),
        "discount_codes": [{"code": code} for code in node.get("discountCodes") or ()],
        "total_price": _amount(node["totalPriceSet"]),
        "total_tax": _amount(node.get("totalTaxSet")),
        "total_tip_received": _amount(node.get("totalTipReceivedSet")),
        "total_outstanding": _amount(node.get("totalOutstandingSet")),
        "original_total_duties_set": _set(node.get("originalTotalDutiesSet")),
        "shipping_lines": [{"price": _amount(node.get("totalShippingPriceSet"))}],
        "tax_lines": [{"title": one["title"], "price": _amount(one["priceSet"])} for one in node.get("taxLines") or ()],
        "billing_address": _address(node.get("billingAddress")),
        "shipping_address": _address(node.get("shippingAddress")),
        "line_items": [_line(line) for line in lines],
        "transactions": [_transaction(one, key) for one in node.get("transactions") or ()],
        "refunds": [_refund(one, key) for one in node.get("refunds") or ()],
        "fulfillments": [_fulfillment(one) for one in node.get("fulfillments") or ()],
    }


def _amount(money: Json | None) -> str:
    return str(((money or {}).get("shopMoney") or {}).get("amount") or "0")


def _set(money: Json | None) -> Json:
    return {"shop_money": {"amount": _amount(money)}}


def _terms(terms: Json | None) -> Json | None:
    if not terms:
        return None
    nodes = (terms.get("paymentSchedules") or {}).get("nodes") or ()
    return {"payment_schedules": [{"due_at": one.get("dueAt")} for one in nodes]}


def _line(line: Json) -> Json:
    return {
        "id": tail(line["id"]),
        "title": line.get("title"),
        "name": line.get("name"),
        "quantity": line["quantity"],
        "sku": line.get("sku"),
        "gift_card": line.get("isGiftCard"),
        "price": _amount(line["originalUnitPriceSet"]),
        "discount_allocations": [
            {"amount": _amount(part["allocatedAmountSet"])} for part in line.get("discountAllocations") or ()
        ],
    }


def _transaction(one: Json, order: str) -> Json:
    return {
        "id": tail(one["id"]),
        "order_id": order,
        "kind": one["kind"].lower(),
        "status": one["status"].lower(),
        "processed_at": one.get("processedAt"),
        "created_at": one["createdAt"],
        "amount": _amount(one["amountSet"]),
    }


def _refund(refund: Json, order: str) -> Json:
    return {
        "id": tail(refund["id"]),
        "created_at": refund["createdAt"],
        "note": refund.get("note"),
        "transactions": [_transaction(one, order) for one in refund["transactions"]["nodes"]],
        "refund_line_items": [
            {
                "line_item_id": tail(one["lineItem"]["id"]),
                "quantity": one["quantity"],
                "subtotal": _amount(one["subtotalSet"]),
            }
            for one in refund["refundLineItems"]["nodes"]
        ],
        "refund_shipping_lines": [
            {"subtotal_amount_set": _set(one["subtotalAmountSet"])} for one in refund["refundShippingLines"]["nodes"]
        ],
    }


def _fulfillment(one: Json) -> Json:
    parcel = (one.get("trackingInfo") or [{}])[0]
    return {
        "status": one["status"].lower(),
        "created_at": one["createdAt"],
        "tracking_number": parcel.get("number"),
        "tracking_company": parcel.get("company"),
        "tracking_url": parcel.get("url"),
    }


def _address(address: Json | None) -> Json | None:
    if not address:
        return None
    return {
        "name": address.get("name"),
        "address1": address.get("address1"),
        "address2": address.get("address2"),
        "city": address.get("city"),
        "province_code": address.get("provinceCode"),
        "country_code": address.get("countryCodeV2"),
        "zip": address.get("zip"),
        "phone": address.get("phone"),
    }
