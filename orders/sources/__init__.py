"""Orders as their sources state them: files, webhooks, polling and the sync API all come through here.

`description` is what a source says, `life` what that means here, `applying` brings an order to that state.
`single.apply_source_order` takes one order while the store is at work, `loading.SourceLoader` the orders of a file.
"""
