"""Keep the window's translations up to date: ``python installer/translations.py``.

Collects every ``tr("…")`` of the window into ``resources/translations/nnstudio_zh_CN.ts``, keeps what is translated,
marks what is not, and compiles the file for Qt with lrelease, which comes with PySide6.
"""

from __future__ import annotations

import ast
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "resources" / "translations"
TS = FOLDER / "nnstudio_zh_CN.ts"
CONTEXT = "nnstudio"


def used_texts() -> list[str]:
    """Return every text of the window, in the order of the files."""
    found: dict[str, None] = {}
    for path in sorted([*(ROOT / "nnstudio" / "ui").rglob("*.py"), ROOT / "nnstudio" / "app.py"]):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) == "tr" and node.args:
                text = node.args[0]
                if isinstance(text, ast.Constant) and isinstance(text.value, str):
                    found[text.value] = None
    return list(found)


def known_texts() -> dict[str, str]:
    """Return the translations of the file, unfinished ones as empty strings."""
    if not TS.exists():
        return {}
    root = ET.parse(TS).getroot()
    return {m.findtext("source", ""): m.findtext("translation", "") for m in root.iter("message")}


def write(translations: dict[str, str]) -> None:
    """Write the file with the texts in use."""
    root = ET.Element("TS", version="2.1", language="zh_CN", sourcelanguage="en")
    context = ET.SubElement(root, "context")
    ET.SubElement(context, "name").text = CONTEXT
    for source in used_texts():
        message = ET.SubElement(context, "message")
        ET.SubElement(message, "source").text = source
        translation = ET.SubElement(message, "translation")
        translation.text = translations.get(source, "")
        if not translation.text:
            translation.set("type", "unfinished")
    ET.indent(root, " ")
    TS.write_text('<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n' + ET.tostring(root, encoding="unicode") + "\n", encoding="utf-8")


def main() -> int:
    write(known_texts())
    missing = [source for source, text in known_texts().items() if not text]
    for source in missing:
        print(f"not translated: {source}")
    import PySide6

    tool = Path(PySide6.__file__).parent / ("lrelease.exe" if sys.platform == "win32" else "lrelease")
    return subprocess.run([str(tool), "-silent", str(TS), "-qm", str(TS.with_suffix(".qm"))]).returncode or bool(missing)


if __name__ == "__main__":
    sys.exit(main())
