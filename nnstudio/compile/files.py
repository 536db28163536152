"""The names of the files that an export consists of, and of the training modules whose text it has."""

from __future__ import annotations

SCRIPT, WEIGHTS = "train.py", "weights.safetensors"
TABLE, ARRAYS, SAMPLES = "data.csv", "data.npz", "samples.npy"
RUNTIME = ("seeding", "device", "parting", "scaling", "data", "metrics", "together", "training", "script")
# What a script that replays its updates has besides.
REPLAY = ("recording", "replay", "judging")
# One whose updates spare time or memory.
SPARING = ("sparing",)
# What a script for several processes has besides; it leans on the other one.
RANKS = ("ranks", "ranks_state", "ranks_script")
RANKED = "train_many.py"
# What the preparation of the data was fitted to.
FITTED = "fitted.json"
# Start values that were not drawn.
START = "start.safetensors"
# What reads new raw files, and what it does so by.
PREDICT, PIPELINE = "predict.py", "pipeline.json"
# What is to be said of all that goes home: seed, data, versions.
ABOUT = "about.json"
ALL = (SCRIPT, TABLE, ARRAYS, SAMPLES, WEIGHTS, START, PREDICT, PIPELINE, ABOUT)
# A network in numpy alone: the script and its numbers.
SCRATCH, NUMBERS = "scratch.py", "scratch.npz"
