"""How alike synthetic and real rows are.

    measure.py TRAIN HOLDOUT TARGET POSITIVE NAME=FILE ...

prints a line for each file: the quality report of sdmetrics (shapes; pairs as
the present release counts them, and over all pairs as releases before 0.27
did), the AUC of a classifier that tells synthetic from hold-out rows (C2ST,
0.5 is best), of one trained on synthetic rows and tested on the hold-out
(TSTR), and the share of synthetic rows that are nearer to a training row than
to a hold-out row (DCR, 0.5 is best).
"""
import sys
import warnings

import numpy
import pandas
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

warnings.filterwarnings("ignore")

from sdmetrics.reports.single_table import QualityReport  # noqa: E402

DCR_ROWS = 2000


def read(path, like=None):
    # PostgreSQL writes booleans as t and f, where others write True and False
    table = pandas.read_csv(
        path, keep_default_na=False, na_values=[""], true_values=["t"], false_values=["f"]
    )
    return table if like is None else table[list(like)]


def is_number(column):
    return pandas.api.types.is_numeric_dtype(column) and not pandas.api.types.is_bool_dtype(column)


def metadata(table):
    return {
        "columns": {
            name: {"sdtype": "numerical" if is_number(table[name]) else "categorical"}
            for name in table
        }
    }


def report(real, synthetic):
    """shapes, pairs as now, pairs over all"""
    scores = []
    for correlation, association in ((None, None), (0, 0)):
        quality = QualityReport()
        if correlation is not None:
            quality.real_correlation_threshold = correlation
            quality.real_association_threshold = association
        quality.generate(real, synthetic, metadata(real), verbose=False)
        shapes, pairs = quality.get_properties()["Score"]
        scores.append(pairs)
    return shapes, scores[0], scores[1]


def encode(tables, real):
    """Numbers as they are, categories by the real table's codes."""
    encoded = [pandas.DataFrame(index=table.index) for table in tables]
    categorical = []
    for name in real:
        if is_number(real[name]):
            for into, table in zip(encoded, tables):
                into[name] = pandas.to_numeric(table[name], errors="coerce")
            continue
        values = pandas.concat([table[name] for table in [real] + list(tables)]).astype(str)
        frequent = values.value_counts().index[:250]
        codes = {value: code for code, value in enumerate(frequent)}
        categorical.append(name)
        for into, table in zip(encoded, tables):
            into[name] = table[name].astype(str).map(codes).fillna(len(codes))
    return encoded, categorical


def classifier(columns, categorical):
    mask = [name in categorical for name in columns]
    return HistGradientBoostingClassifier(categorical_features=mask, random_state=1)


def c2st(real, holdout, synthetic):
    size = min(len(holdout), len(synthetic))
    one = holdout.sample(size, random_state=1)
    other = synthetic.sample(size, random_state=1)
    (a, b), categorical = encode([one, other], real)
    rows = pandas.concat([a, b], ignore_index=True)
    labels = numpy.repeat([0, 1], size)
    train, test, train_labels, test_labels = train_test_split(
        rows, labels, test_size=0.5, random_state=1, stratify=labels
    )
    model = classifier(rows.columns, categorical).fit(train, train_labels)
    return roc_auc_score(test_labels, model.predict_proba(test)[:, 1])


def yes(real, table, target, positive):
    if positive:
        return (table[target].astype(str) == positive).to_numpy()
    return (table[target] > real[target].median()).to_numpy()


def tstr(real, holdout, synthetic, target, positive):
    features = [name for name in real if name != target]
    (a, b), categorical = encode([synthetic[features], holdout[features]], real[features])
    labels = yes(real, synthetic, target, positive)
    if labels.all() or not labels.any():
        return 0.5
    model = classifier(features, categorical).fit(a, labels)
    return roc_auc_score(yes(real, holdout, target, positive), model.predict_proba(b)[:, 1])


def dcr(real, holdout, synthetic):
    size = min(len(real), len(holdout))
    tables = [
        synthetic.sample(min(DCR_ROWS, len(synthetic)), random_state=1),
        real.sample(size, random_state=1),
        holdout.sample(size, random_state=1),
    ]
    encoded, categorical = encode(tables, real)
    scale = {
        name: (real[name].max() - real[name].min()) or 1 for name in real if name not in categorical
    }
    query, one, other = (
        numpy.stack(
            [
                (table[name].fillna(-1) if name in categorical else table[name] / scale[name])
                .to_numpy(dtype=numpy.float32)
                for name in real
            ],
            axis=1,
        )
        for table in encoded
    )
    kinds = numpy.array([name in categorical for name in real])

    def nearest(row, rows):
        difference = numpy.abs(rows - row)
        distance = numpy.where(kinds, difference != 0, numpy.minimum(difference, 1))
        both = numpy.isnan(rows) & numpy.isnan(row)
        distance = numpy.where(both, 0, numpy.where(numpy.isnan(distance), 1, distance))
        return distance.sum(axis=1).min()

    nearer = 0.0
    for row in query:
        a, b = nearest(row, one), nearest(row, other)
        nearer += 0.5 if abs(a - b) < 1e-6 else float(a < b)
    return nearer / len(query)


def heading():
    print(
        "%-24s %6s %6s %6s %8s %8s %6s %6s %6s"
        % ("", "shapes", "pairs", "all", "overall", "old", "C2ST", "TSTR", "DCR")
    )


def measure(name, real, holdout, synthetic, target, positive):
    shapes, pairs, everything = report(real, synthetic)
    print(
        "%-24s %6.4f %6.4f %6.4f %8.4f %8.4f %6.3f %6.3f %6.3f"
        % (
            name,
            shapes,
            pairs,
            everything,
            (shapes + pairs) / 2,
            (shapes + everything) / 2,
            c2st(real, holdout, synthetic),
            tstr(real, holdout, synthetic, target, positive),
            dcr(real, holdout, synthetic),
        ),
        flush=True,
    )


def measure_real(real, held, target, positive):
    """What real rows that were not learned from score: nothing can do better by right."""
    shapes, pairs, everything = report(real, held)
    print(
        "%-24s %6.4f %6.4f %6.4f %8.4f %8.4f %6.3f %6.3f %6s"
        % (
            "real rows",
            shapes,
            pairs,
            everything,
            (shapes + pairs) / 2,
            (shapes + everything) / 2,
            c2st(real, held, real),
            tstr(real, held, real, target, positive),
            "-",
        ),
        flush=True,
    )


def main():
    train, holdout, target, positive = sys.argv[1:5]
    real = read(train)
    held = read(holdout, real)
    heading()
    measure_real(real, held, target, positive)
    for argument in sys.argv[5:]:
        name, path = argument.split("=", 1)
        measure(name, real, held, read(path, real), target, positive)


if __name__ == "__main__":
    main()
