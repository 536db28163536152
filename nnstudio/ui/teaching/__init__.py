"""Teaching in the window: stepping, walks, tour, help."""
