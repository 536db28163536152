"""The application without a window: project, compilation, run, export."""
