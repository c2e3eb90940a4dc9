"""What stands in attributes, addresses and inputs is the same in every language: points, no grouping, ISO 8601.

Moments alone are only ever read by people: as `formats.zoned_moment_text` writes them.
"""

DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = "M j, Y, H:i T"
TIME_FORMAT = "H:i"
DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3
DATE_INPUT_FORMATS = ["%Y-%m-%d"]
TIME_INPUT_FORMATS = ["%H:%M:%S", "%H:%M:%S.%f", "%H:%M"]
DATETIME_INPUT_FORMATS = ["%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%d %H:%M"]
