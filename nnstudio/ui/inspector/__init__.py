"""The inspector: what is selected, as a form."""
