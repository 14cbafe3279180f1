"""What SDV's synthesizers make of the same file, measured alike.

    others.py TRAIN HOLDOUT TARGET POSITIVE FOLDER
"""
import sys
import time
import warnings

warnings.filterwarnings("ignore")

from measure import heading, measure, metadata, read  # noqa: E402
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
    known = Metadata.load_from_dict({"tables": {"real": metadata(real)}})
    heading()
    for kind in (GaussianCopulaSynthesizer, CTGANSynthesizer, TVAESynthesizer):
        synthesizer = kind(known)
        begun = time.time()
        synthesizer.fit({"real": real})
        fitted = time.time()
        rows = synthesizer.sample(len(real))
        rows = rows["real"] if isinstance(rows, dict) else rows
        sampled = time.time()
        path = "%s/%s.csv" % (folder, kind.__name__)
        rows.to_csv(path, index=False)
        name = kind.__name__.replace("Synthesizer", "")
        measure("SDV " + name, real, held, read(path, real), target, positive)
        print("    fit %.1f s, %d rows sampled in %.1f s" % (fitted - begun, len(rows), sampled - fitted))


if __name__ == "__main__":
    main()
