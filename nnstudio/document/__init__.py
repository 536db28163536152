"""What the student made: an immutable document, the edits on it, its history and its file."""
