"""The canvas: cards, wires, gestures."""
