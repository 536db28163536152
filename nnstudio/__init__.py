"""NN Studio: draw a neural network, train it, step through it, take it home as Python."""

__version__ = "0.1.0"
