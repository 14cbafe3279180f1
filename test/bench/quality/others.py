"""What SDV's synthesizers make of the same file, measured alike.

    others.py TRAIN HOLDOUT TARGET POSITIVE FOLDER
"""
import sys
import time
import warnings

warnings.filterwarnings("ignore")

from measure import heading, measure, read  # noqa: E402
from sdv.metadata import Metadata  # noqa: E402
from sdv.single_table import (  # noqa: E402
    CTGANSynthesizer,
    GaussianCopulaSynthesizer,
    TVAESynthesizer,
)


def main():
    train, holdout, target, positive, folder = sys.argv[1:6]
    real = read(train)
    held = read(holdout, real)
    metadata = Metadata.detect_from_dataframe(real, table_name="real")
    heading()
    for kind in (GaussianCopulaSynthesizer, CTGANSynthesizer, TVAESynthesizer):
        synthesizer = kind(metadata)
        begun = time.time()
        synthesizer.fit(real)
        fitted = time.time()
        rows = synthesizer.sample(len(real))
        sampled = time.time()
        path = "%s/%s.csv" % (folder, kind.__name__)
        rows.to_csv(path, index=False)
        name = kind.__name__.replace("Synthesizer", "")
        measure("SDV " + name, real, held, read(path, real), target, positive)
        print("    fit %.1f s, %d rows sampled in %.1f s" % (fitted - begun, len(rows), sampled - fitted))


if __name__ == "__main__":
    main()
