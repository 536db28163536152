"""Walking through one training step: the cards' words and the timeline."""
