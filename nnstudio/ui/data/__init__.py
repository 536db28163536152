"""Everything about data in the window: what goes in, files of one's own, painted points, asking the network."""
