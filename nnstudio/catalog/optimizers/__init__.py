"""Optimizers, one file each; the registry finds them."""
