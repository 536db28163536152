"""Searches: many runs whose settings are proposed by Optuna."""
