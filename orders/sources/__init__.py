"""Orders as their sources state them: files, webhooks, polling and the sync API all come through here.

`description` is what a source says, `life` what that means here, `applying` brings an order to that state.
"""
