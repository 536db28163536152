"""Editing what is on the canvas: adding, placing, grouping, copying."""
