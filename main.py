"""Start NN Studio from a checkout: ``python main.py``."""

import sys

from nnstudio.cli import main

if __name__ == "__main__":
    sys.exit(main())
