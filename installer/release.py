"""Make a release: ``python installer/release.py 0.2.0``.

What has to hold is looked at first: nothing is uncommitted, every language that ships is complete, the changes have a
heading of their own, all tests pass. Then the version is written, committed and tagged; pushing the tag builds and
publishes it. ``--notes`` prints what the newest version's heading says, ``--check`` only looks.
"""

from __future__ import annotations

import datetime
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VERSION = ROOT / "nnstudio" / "__init__.py"
CHANGES = ROOT / "CHANGELOG.md"
UNRELEASED = "## Unreleased"
# Languages that are complete in every release.
LANGUAGES = ("zh",)


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the project's folder."""
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)


def notes(text: str) -> str:
    """Return what stands under the first heading of the changes that is a version."""
    found = re.search(r"^## (?!Unreleased)[^\n]*\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return found[1].strip() if found else ""


def with_heading(text: str, version: str, day: datetime.date) -> str:
    """Return the changes with those that were not released under the version's heading."""
    return text.replace(UNRELEASED, f"{UNRELEASED}\n\n## {version} ({day.isoformat()})", 1)


def faults(version: str, *, tests: bool = True) -> list[str]:
    """Return what keeps a version from being released."""
    found = []
    if not re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", version):
        found.append(f"{version} is no version: 1.2.3, or 1.2.3rc1")
    if run("git", "status", "--porcelain").stdout.strip():
        found.append("there are changes that are not committed")
    if run("git", "rev-parse", "-q", "--verify", f"refs/tags/v{version}").returncode == 0:
        found.append(f"v{version} is there already")
    text = CHANGES.read_text(encoding="utf-8")
    unreleased = text.partition(UNRELEASED)[2].partition("\n## ")[0]
    if not unreleased.strip():
        found.append("CHANGELOG.md says of no change under Unreleased")
    for language in LANGUAGES:
        said = run(sys.executable, "installer/translations.py", "--check", language)
        if said.returncode:
            found.append(f"{language} is not complete: {said.stdout.strip().splitlines()[0]}")
    if tests and not found and run(sys.executable, "-m", "pytest", "-q").returncode:
        found.append("a test fails")
    return found


def main(arguments: list[str]) -> int:
    """Look, write, commit and tag."""
    if arguments == ["--notes"]:
        print(notes(CHANGES.read_text(encoding="utf-8")))
        return 0
    check, (version, *_) = "--check" in arguments, [*(word for word in arguments if word != "--check"), ""]
    if not version:
        sys.exit("Say which version: python installer/release.py 0.2.0")
    found = faults(version, tests=not check)
    if found or check:
        print("\n".join(found) or f"{version} can be released.")
        return 1 if found else 0
    text = VERSION.read_text(encoding="utf-8")
    VERSION.write_text(re.sub(r'__version__ = "[^"]*"', f'__version__ = "{version}"', text), encoding="utf-8")
    today = datetime.datetime.now(datetime.UTC).date()
    CHANGES.write_text(with_heading(CHANGES.read_text(encoding="utf-8"), version, today), encoding="utf-8")
    for words in (
        ("git", "commit", "-qam", f"Version {version}"),
        ("git", "tag", "-a", f"v{version}", "-m", f"Version {version}"),
    ):
        done = run(*words)
        if done.returncode:
            sys.exit(done.stderr.strip())
    print(f"v{version} is tagged. Publish it with: git push --follow-tags")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
