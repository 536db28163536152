"""The panels below the canvas, one file each; they are found by walking this folder."""
