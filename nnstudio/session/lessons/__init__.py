"""Lessons without a window: where a student stands, what is checked, and what a lesson's own solution does."""
