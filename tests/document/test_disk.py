"""Where a file is written: behind links, never onto devices, never without a name for its backup."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nnstudio.document.disk import LONGEST_NAME, backup_of, write_atomically
from nnstudio.document.errors import ProjectFileError


def key_of(path: Path, **more: bool) -> str:
    with pytest.raises(ProjectFileError) as caught:
        write_atomically(path, b"new", **more)
    assert "Traceback" not in caught.value.message.render("en")
    return caught.value.message.key


def linked(folder: Path, target: Path) -> Path:
    link = folder / "link.nns"
    try:
        link.symlink_to(target)
    except OSError:
        pytest.skip("links may not be made here")
    return link


def test_saving_through_a_link_keeps_the_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    target = tmp_path / "real" / "a.nns"
    target.write_bytes(b"old")
    link = linked(tmp_path, target)
    write_atomically(link, b"new", backup=True)
    assert link.is_symlink() and target.read_bytes() == b"new"
    assert backup_of(target) is not None and backup_of(target).read_bytes() == b"old"  # type: ignore[union-attr]


def test_a_link_that_leads_nowhere_yet_makes_its_file(tmp_path: Path) -> None:
    link = linked(tmp_path, tmp_path / "later.nns")
    write_atomically(link, b"new")
    assert link.is_symlink() and (tmp_path / "later.nns").read_bytes() == b"new"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_and_a_device_stay_what_they_are(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.nns")
    assert key_of(tmp_path / "pipe.nns") == "file.no_file" and (tmp_path / "pipe.nns").is_fifo()
    assert key_of(Path("/dev/null")) == "file.no_file" and Path("/dev/null").is_char_device()


def test_a_file_that_may_only_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.nns"
    path.write_bytes(b"old")
    path.chmod(0o444)
    # For root as well, who could write it.
    assert key_of(path) == "file.read_only" and path.read_bytes() == b"old"
    path.chmod(0o644)


def test_a_name_without_room_for_its_backup_is_refused_the_first_time(tmp_path: Path) -> None:
    name = "图" * ((LONGEST_NAME - 8) // 3) + ".nns"
    write_atomically(tmp_path / name, b"1", backup=True)
    write_atomically(tmp_path / name, b"2", backup=True)
    long = "x" * (LONGEST_NAME - 4) + ".nns"
    assert key_of(tmp_path / long, backup=True) == "file.long_name" and not (tmp_path / long).exists()


def test_a_name_that_no_system_knows_gets_a_sentence(tmp_path: Path) -> None:
    assert key_of(tmp_path / "a\0b.nns") == "file.unwritable"
    assert key_of(tmp_path / "nowhere" / "a.nns") == "file.unwritable"
