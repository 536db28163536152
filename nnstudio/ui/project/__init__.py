"""The project in the window: files, own data, recovery, lessons, settings."""
