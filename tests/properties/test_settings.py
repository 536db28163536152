"""Random settings of every layer on data of every form: said before training, or it trains, exports and is the same."""

from __future__ import annotations

import os
import random
from typing import Any

import pytest

from nnstudio.catalog.registry import CATALOG, family, node_kinds
from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.document.errors import EditError
from nnstudio.document.fields import BoolField, ChoiceField, Field, FloatField, IntField, OptionField
from nnstudio.document.values import Choice, Params
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import check_source, source_of
from tests.catalog.test_contract import FORMS, LAYERS, document_with
from tests.helpers import finish

# Sound, but too large to be trained in a test.
MUCH = 2**28
FULL = bool(os.environ.get("NNSTUDIO_FULL"))


def draw(field: Field, chance: random.Random) -> Any:
    """A legal value, often at an end of the range."""
    if isinstance(field, IntField):
        if field.optional and chance.random() < 0.5:
            return None
        return chance.choice(
            [
                field.minimum,
                min(field.maximum, field.minimum + 1),
                min(field.maximum, field.minimum + chance.randint(0, 12)),
                min(field.maximum, 64),
            ]
        )
    if isinstance(field, FloatField):
        if field.optional and chance.random() < 0.5:
            return None
        low, high = max(field.minimum, -2.0) + 1e-3 * field.above, min(field.maximum, 2.0) - 1e-3 * field.below
        return chance.choice([low, high, chance.uniform(low, high)])
    if isinstance(field, BoolField):
        return chance.random() < 0.5
    if isinstance(field, OptionField):
        return chance.choice(field.options)[0]
    if isinstance(field, ChoiceField):
        entry = chance.choice([e for e in family(field.family).values() if not e.tags & field.exclude])
        return Choice(entry.id, Params({f.name: draw(f, chance) for f in entry.fields}))
    return field.default


@pytest.mark.parametrize("number", range(300 if FULL else 30))
def test_random_settings(number: int) -> None:
    chance = random.Random(number)
    for kind in chance.sample(LAYERS, 6):
        form = chance.choice(list(FORMS))
        params = {field.name: draw(field, chance) for field in node_kinds()[kind].fields if field.name != "frozen"}
        try:
            document = document_with(kind, params, form)
        except EditError:
            continue
        lowered = lower(document)
        report = analyse(lowered)
        for problem in report.problems:
            for text in (problem.what, problem.why, problem.remedy):
                assert "{" not in text.render("en") + text.render("zh")
            if problem.mend is not None:
                lower(problem.mend.apply(document, CATALOG))
        if lowered.program is None or report.errors:
            assert report.errors
            continue
        if report.memory > MUCH:
            continue
        end, _ = finish(Trainer(lowered.program, device="cpu"))
        diverged = end.reason is not None and end.reason.key == "run.diverged"
        assert end.how == "finished" or diverged, (kind, form, params, end.reason and end.reason.render())
        check_source(lowered.program, source_of(lowered.program).text, end.weights if end.how == "finished" else None)
