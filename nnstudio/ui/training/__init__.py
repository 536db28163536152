"""Training in the window: running, steering, watching, comparing, results."""
