"""The functions that train, the same text in the application and in every exported script."""
