"""How Django reads and writes numbers and days, by language; people read what `dealport.kit.formats` writes."""
