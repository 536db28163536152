"""Every kind can be put on the canvas and every choice taken in its form, in both languages, without a slip."""

from __future__ import annotations

import pytest

from nnstudio.catalog.registry import CATALOG, family, node_kinds
from nnstudio.document.edits import AddNode
from nnstudio.document.fields import ChoiceField
from nnstudio.document.values import Choice, Document
from nnstudio.ui.inspector.choices import OPEN, ChoiceCard
from tests.e2e.hand import open_window

pytestmark = pytest.mark.usefixtures("qtbot")
KINDS = [kind for kind, entry in node_kinds().items() if not entry.hidden and entry.role != "group"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_and_every_choice(language: str) -> None:
    OPEN.clear()
    document = Document()
    for place, kind in enumerate(KINDS):
        document = AddNode(kind, f"n{place}", (200.0 * (place % 8), 120.0 * (place // 8))).apply(document, CATALOG)
    with open_window(document, language=language) as hand:
        hand.compiled()
        hand.window.bench.parts.inspector.set_full(True)
        seen: set[tuple[str, str]] = set()
        for place, kind in enumerate(KINDS):
            hand.window.bench.parts.scene.select({f"n{place}"})
            form = hand.window.bench.parts.inspector.form
            entry = node_kinds()[kind]
            assert entry.fields == () or form is not None
            for field in entry.fields:
                if not isinstance(field, ChoiceField):
                    continue
                for option in family(field.family).values():
                    # The same choice in another layer's form is the same form.
                    if option.tags & field.exclude or (field.name, option.id) in seen:
                        continue
                    seen.add((field.name, option.id))
                    hand.window.bench.parts.inspector._commit((field.name,), Choice(option.id))
                    assert hand.session.document.by_id[f"n{place}"].params[field.name].kind == option.id
                    for card in hand.window.bench.parts.inspector.findChildren(ChoiceCard):
                        card.fold.setChecked(True)
        assert len(seen) > 90
    OPEN.clear()
