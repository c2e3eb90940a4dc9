"""How a file is written: the rows of a dataset as CSV or XLSX, in constant memory."""
