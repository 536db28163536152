"""Data, training, snapshots and traces: everything that runs a Program."""
