"""Measurements of what the product promises: ratios within one run beside absolute figures, and no judgement."""
