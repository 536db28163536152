"""Files that are dropped or pasted."""

from __future__ import annotations

from PySide6.QtCore import QMimeData


def local_file(data: QMimeData | None) -> str:
    """Return the path of the first file that is handed over; "" where there is none.

    A list of addresses may be empty.
    """
    return (
        next((url.toLocalFile() for url in data.urls()[:1] if url.isLocalFile()), "")
        if data is not None and data.hasUrls()
        else ""
    )
