"""The write side of figures: ledger, folding into rollups, recount and verification."""
