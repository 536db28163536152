"""Data sets, one file each; the registry finds them."""
