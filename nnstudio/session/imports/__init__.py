"""Networks that were made elsewhere: modules of PyTorch, files of other programs, weights alone."""
