"""Series over days, weeks and months."""
