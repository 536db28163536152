"""Everything a student can choose, one short file of data each; no torch and no Qt."""
