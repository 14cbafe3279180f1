"""Scores of customers and their orders made anew, by SDMetrics' report on
several tables, and beside SDV's HMASynthesizer if asked for.

    tables.py REAL MADE SECONDS yes|no

REAL and MADE are folders with customers.csv and orders.csv; the last argument
asks for SDV.
"""

import sys
import time
import warnings

import pandas as pd
from sdmetrics.reports.multi_table import QualityReport

warnings.filterwarnings("ignore")

METADATA = {
    "tables": {
        "customers": {
            "primary_key": "id",
            "columns": {
                "id": {"sdtype": "id"},
                "segment": {"sdtype": "categorical"},
                "country": {"sdtype": "categorical"},
                "signup": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"},
                "score": {"sdtype": "numerical"},
                "newsletter": {"sdtype": "boolean"},
            },
        },
        "orders": {
            "primary_key": "id",
            "columns": {
                "id": {"sdtype": "id"},
                "customer_id": {"sdtype": "id"},
                "amount": {"sdtype": "numerical"},
                "country": {"sdtype": "categorical"},
                "ordered": {"sdtype": "datetime", "datetime_format": "%Y-%m-%d"},
                "status": {"sdtype": "categorical"},
                "channel": {"sdtype": "categorical"},
            },
        },
    },
    "relationships": [
        {
            "parent_table_name": "customers",
            "parent_primary_key": "id",
            "child_table_name": "orders",
            "child_foreign_key": "customer_id",
        }
    ],
}


def read(folder):
    tables = {}
    for name in METADATA["tables"]:
        tables[name] = pd.read_csv(f"{folder}/{name}.csv")
    return typed(tables)


def typed(tables):
    tables["customers"]["signup"] = pd.to_datetime(tables["customers"]["signup"])
    tables["orders"]["ordered"] = pd.to_datetime(tables["orders"]["ordered"])
    newsletter = tables["customers"]["newsletter"]
    if newsletter.dtype == object:
        tables["customers"]["newsletter"] = newsletter.map({"t": True, "f": False}).fillna(newsletter)
    return tables


def children(tables):
    """The share of parents that have so many children, by their number."""
    counts = tables["orders"]["customer_id"].value_counts()
    return counts.reindex(tables["customers"]["id"], fill_value=0).value_counts(normalize=True)


def early(tables):
    """The share of orders before the signup of their customers."""
    both = tables["orders"].merge(tables["customers"], left_on="customer_id", right_on="id")
    return (both["ordered"] < both["signup"]).mean()


def report(who, real, made, seconds):
    quality = QualityReport()
    quality.generate(real, made, METADATA, verbose=False)
    scores = quality.get_properties().set_index("Property")["Score"]
    distance = children(real).subtract(children(made), fill_value=0).abs().sum() / 2
    pair = (scores["Cardinality"] + scores["Intertable Trends"]) / 2
    print(
        f"{who:10} overall {quality.get_score():.3f}  shapes {scores['Column Shapes']:.3f}"
        f"  pairs {scores['Column Pair Trends']:.3f}  cardinality {scores['Cardinality']:.3f}"
        f"  between tables {scores['Intertable Trends']:.3f}  parent-child {pair:.3f}"
        f"  children off by {distance:.4f}  orders too early {early(made):.3f}"
        f"  {seconds:.1f} s  {len(made['customers'])} + {len(made['orders'])} rows",
        flush=True,
    )


def hma(real):
    from sdv.metadata import Metadata
    from sdv.multi_table import HMASynthesizer

    begin = time.time()
    synthesizer = HMASynthesizer(Metadata.load_from_dict(METADATA), verbose=False)
    synthesizer.fit(real)
    return typed(synthesizer.sample(len(real["customers"]), main_table_name="customers")), time.time() - begin


def main():
    real = read(sys.argv[1])
    report("synthik", real, read(sys.argv[2]), float(sys.argv[3]))
    if sys.argv[4] == "yes":
        made, seconds = hma(real)
        report("SDV HMA", real, made, seconds)


if __name__ == "__main__":
    main()
