"""The network as neurons and weights."""
