"""Speed as ratios, measured in the same run: ``python -m benchmarks``."""
