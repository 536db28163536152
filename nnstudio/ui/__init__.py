"""Everything Qt: the window and its views."""
