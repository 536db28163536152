"""The weights in a safetensors file, and a config that says what they belong to."""

from __future__ import annotations

import json
from pathlib import Path

from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving

WEIGHTS, CONFIG = "model.safetensors", "config.json"


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    import numpy as np
    import torch
    from safetensors.torch import save

    from nnstudio.compile.predicting import pipeline_of
    from nnstudio.engine.fitted import fitted
    from nnstudio.engine.fitted_plain import to_plain
    from nnstudio.session.about import about, lines_of
    from nnstudio.session.export import start_weights
    from nnstudio.session.parcel import write_all

    program, known = leaving.program, leaving.known or fitted(leaving.program)
    numbers = leaving.weights or start_weights(program)
    tensors = {name: torch.from_numpy(np.array(value)) for name, value in numbers.items()}
    config = {
        "about": about(leaving),
        "tensors": {name: {"shape": list(t.shape), "dtype": str(t.dtype)} for name, t in tensors.items()},
        "layers": [
            {"name": step.name, "layer": program.titles.get(step.node, ""), "does": step.target}
            for step in program.model.steps
        ],
        "pipeline": pipeline_of(program, to_plain(known)),
    }
    said = dict(line.split(": ", 1) for line in lines_of(leaving))
    contents = {
        WEIGHTS: save(tensors, metadata={"format": "pt", **said}),
        CONFIG: json.dumps(config, ensure_ascii=False, indent=1) + "\n",
    }
    return write_all(folder, contents)


EXPORT = Export(
    "safetensors",
    Text("Weights (safetensors) …"),
    _write,
    files=(WEIGHTS, CONFIG),
    order=40,
    purpose=Text(
        "The numbers alone, in the form that is safe to pass on, with a config that names layers, shapes, scaling and "
        "classes. For code of your own."
    ),
)
