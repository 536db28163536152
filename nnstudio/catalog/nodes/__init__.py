"""Nodes that are no layers: data, loss and optimizer, one file each; the registry finds them."""
