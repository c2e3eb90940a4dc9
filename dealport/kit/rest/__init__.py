"""Building blocks of HTTP operations: strict input, envelope, errors, paging, documentation."""
