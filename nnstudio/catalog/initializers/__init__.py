"""Initializers, one file each; the registry finds them."""
