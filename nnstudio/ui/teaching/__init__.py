"""Teaching in the window: stepping, walks, lessons, help."""
