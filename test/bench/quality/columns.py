"""Prints the columns of a CSV file as a table would have them."""
import sys

import pandas


def column_type(column):
    if len(column.dropna()) and column.dropna().isin([True, False]).all() and column.dtype in (bool, object):
        return "boolean"
    if pandas.api.types.is_integer_dtype(column):
        return "bigint"
    if pandas.api.types.is_float_dtype(column):
        values = column.dropna()
        if len(values) and (values == values.round()).all():
            return "bigint"
        return "double precision"
    values = column.dropna()
    if len(values) and values.str.fullmatch(r"\d{4}-\d\d-\d\d").all():
        return "date"
    if len(values) and values.str.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d.*").all():
        return "timestamp"
    return "text"


table = pandas.read_csv(sys.argv[1], keep_default_na=False, na_values=[""])
print(", ".join('"%s" %s' % (name.replace('"', '""'), column_type(table[name])) for name in table))
