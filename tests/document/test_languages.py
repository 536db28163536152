"""Languages: English is the key, a folder is a language, what is missing is said in English."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from nnstudio.document import languages
from nnstudio.document.text import Message, Text, in_every_language, joined, message, quoted, render
from nnstudio.resources import resource
from nnstudio.session.settings import Settings, load_settings, save_settings

ROOT = Path(__file__).resolve().parent.parent.parent
LATIN = """
"Linear" = "Lineare"
"Save" = "Serva"
"Undo" = "Revoca"
"Settings" = "Optiones"
"{count} largest" = "{count} maxima"
"That wire is there already." = "Filum illud iam adest."

[activation]
"Step" = "Gradus"
"""


@pytest.fixture
def third(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A third language: one folder, and nothing else."""
    for folder in resource("languages").iterdir():
        (tmp_path / folder.name).symlink_to(folder)
    own = tmp_path / "la"
    own.mkdir()
    (own / "language.toml").write_text('name = "Latina"\n', encoding="utf-8")
    (own / "words.toml").write_text(LATIN, encoding="utf-8")
    monkeypatch.setattr(languages, "folder", lambda: tmp_path)
    languages.languages.cache_clear()
    languages.table.cache_clear()
    yield own
    monkeypatch.undo()
    languages.languages.cache_clear()
    languages.table.cache_clear()


def test_the_languages_that_ship() -> None:
    assert [(one.id, one.short) for one in languages.languages()] == [("en", "EN"), ("zh", "中")]
    assert (
        Text("Linear")("zh") == "全连接"
        and Text("Linear", about="schedule")("zh") == "线性"
        and Text("Linear")("en") == "Linear"
    )
    assert message("edit.paste", count=3).render("zh") != message("edit.paste", count=3).render("en")


def test_a_folder_is_a_language(third: Path) -> None:
    assert [one.id for one in languages.languages()] == ["en", "la", "zh"]
    assert languages.languages()[1].name == "Latina" and languages.languages()[1].short == "LA"
    assert Text("Linear")("la") == "Lineare" and Text("Step", about="activation")("la") == "Gradus"
    # What it lacks is said in English.
    assert Text("Units")("la") == "Units" and Text("Step")("la") == "Step"
    assert message("wire.duplicate").render("la") == "Filum illud iam adest."
    assert "Lineare" in in_every_language(Text("Linear")) and "全连接" in in_every_language(Text("Linear"))
    # The settings take it, and forget it once the folder has gone.
    save_settings(Settings(language="la"))
    assert load_settings().language == "la"
    done = subprocess.run(
        [sys.executable, str(ROOT / "installer" / "translations.py"), "--check", "zh"],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode in (0, 1) and "Traceback" not in done.stderr


def test_a_language_that_has_gone_is_forgotten() -> None:
    save_settings(Settings(language="la"))
    assert load_settings().language == ""


def test_a_window_speaks_the_third_language(third: Path, qtbot: object) -> None:
    from nnstudio.ui.kit import texts

    texts.set_language("la")
    try:
        assert (
            texts.tr("Save") == "Serva"
            and texts.tr("{count} largest", count=3) == "3 maxima"
            and texts.tr("Open …") == "Open …"
        )
        assert texts.next_language().id == "zh"
        texts.set_language("no such language")
        assert texts.language() == "en" and texts.next_language().id == "la"
    finally:
        texts.set_language("en")


def test_missing_words_are_listed(third: Path) -> None:
    sys.path.insert(0, str(ROOT / "installer"))
    import translations

    found = translations.faults("la")
    assert "la: not said: Units" in found and "la: not said: Linear" not in found and len(found) > 1000
    assert "la: no longer said: {count} largest" in found
    translations.write("la")
    languages.table.cache_clear()
    # What was said is still said, what is not stands there to be filled in, what is no longer said has gone.
    assert Text("Linear")("la") == "Lineare" and languages.table("la")["activation", "Step"] == "Gradus"
    assert (
        '# "Units" = ' in (third / "catalog.layers.toml").read_text(encoding="utf-8")
        and not (third / "words.toml").exists()
    )
    assert ("", "{count} largest") not in languages.table("la")


def test_a_message_kept_in_a_file_is_said_in_every_language() -> None:
    kept = quoted(message("wire.duplicate"))
    assert (
        set(kept.said) == {"en", "zh"}
        and render(kept, "zh") == message("wire.duplicate").render("zh")
        and render(kept, "xx") == kept.said["en"]
    )


def test_joined_texts_are_said_in_each_language() -> None:
    assert joined([Text("Linear"), "{odd}"]).render("zh") == "全连接 · {odd}"


def test_a_message_may_be_its_own_english() -> None:
    assert Message("Nobody says {this}.", {"this": 1}).render("zh") == "Nobody says 1."
    with pytest.raises(KeyError):
        Message("no.such_key").render()


def test_rules_speak_word_by_word_where_they_are_not_said_as_a_whole() -> None:
    assert (
        languages.rule_in_language("chain rule", "zh") == "链式法则"
        and languages.rule_in_language("chain rule", "en") == "chain rule"
    )
    assert (
        re.search("当", languages.rule_in_language("y = 1 where z > 0", "zh"))
        and languages.rule_in_language("y = z", "zh") == "y = z"
    )
