"""Several labels side by side: each is a yes or no for itself, suggested, measured and answered as such."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from nnstudio.catalog.registry import CATALOG, family
from nnstudio.catalog.tables import table_of
from nnstudio.document.fields import complete
from nnstudio.document.values import Choice, Document, Node, Params
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.review import review
from nnstudio.engine.runtime.metrics import evaluate
from nnstudio.engine.trainer import Trainer
from nnstudio.session.export import check_source, source_of, start_weights
from nnstudio.session.suggest import suggested
from tests.helpers import finish, sound


def labels(path: Path) -> Document:
    draw = np.random.default_rng(4)
    x = draw.normal(0, 1, (400, 5))
    y = np.stack([x[:, 0] > 0, x[:, 1] + x[:, 2] > 0, x[:, 3] > 1.8], axis=1).astype(float)
    np.savez(path, x=x, y=y)
    fields = family("datasets")["npz_file"].fields
    data = Choice("npz_file", complete(fields, Params(path=str(path)), CATALOG))
    table_of(data)
    found = suggested(Document("", (Node("data", "data", "", Params(dataset=data)),)))
    assert found is not None
    return found


def test_labels_side_by_side_are_learnt_and_measured_each(tmp_path: Path) -> None:
    program = sound(labels(tmp_path / "l.npz"))
    assert program.answer.form == "values" and program.answer.target == "torch.sigmoid" and not program.data.classes
    model, criterion = make_model(program, 1, torch.device("cpu"))
    _, held = load_parts(program, torch.device("cpu"))
    found = evaluate(model, criterion, held)
    model.eval()
    with torch.no_grad():
        said = torch.sigmoid(model(*held.inputs)) >= 0.5
    right = (said == (held.targets[0] > 0.5)).double().mean()
    assert found is not None and abs(found.accuracy - float(right)) < 1e-12 and found.r2 is None
    assert np.array(found.confusion).sum() == 3 * len(held)
    ended, _ = finish(Trainer(program))
    assert ended.report["final"]["val_accuracy"] > 0.93
    check_source(program, source_of(program, replay=True).text)
    # A sample is neither right nor wrong: there is no list of the worst.
    assert review(program, start_weights(program)) is None
