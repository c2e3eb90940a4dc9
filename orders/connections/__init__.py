"""Connections: a store's orders followed at their source, through webhooks, polling and nightly reconciliation.

`receiving` stores webhooks, `events` applies them, `polling` reads what changed and what is from before, `reconciling`
compares days, `privacy` reports and erases. `shopify` and `woocommerce` speak with the systems; what they answer is
applied by `orders.sources`.

A webhook says that something changed, not what is true: its order is fetched as it is when the event is applied. So
lost, doubled and shuffled deliveries end the same (the state applied is never older than the one before, and the poll
brings what no webhook told), several events of one order cost one request, and captures have their own moments, which
bodies of webhooks do not state. The body is used where the source no longer shows the order to us.
"""
