"""A folder as model hubs keep it: config, code, weights, and a card that says what the model is and how good."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nnstudio.document.errors import ExportError, StudioError
from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving

if TYPE_CHECKING:
    from nnstudio.engine.fitted import Fitted

CARD = "README.md"


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    import numpy as np
    import torch
    from safetensors.torch import save

    from nnstudio.compile.predicting import pipeline_of
    from nnstudio.engine.fitted import fitted
    from nnstudio.engine.fitted_plain import to_plain
    from nnstudio.engine.whole import graph_of
    from nnstudio.session.about import about
    from nnstudio.session.export import start_weights
    from nnstudio.session.modeling import CONFIG, GRAPH, MODELING, TENSORS, modeling_text
    from nnstudio.session.parcel import write_all

    program, known = leaving.program, leaving.known or fitted(leaving.program)
    numbers = leaving.weights or start_weights(program)
    config = {
        "model_type": "nn-studio",
        "architectures": ["Network"],
        **about(leaving),
        "pipeline": pipeline_of(program, to_plain(known)),
    }
    contents: dict[str, bytes | str] = {
        CONFIG: json.dumps(config, ensure_ascii=False, indent=1) + "\n",
        MODELING: modeling_text(program),
        TENSORS: save({n: torch.from_numpy(np.array(v)) for n, v in numbers.items()}, metadata={"format": "pt"}),
        CARD: card_text(leaving, known),
    }
    nodes, adjacency = graph_of(program, known)
    if nodes is not None and adjacency is not None:
        contents[GRAPH] = save({"nodes": nodes, "adjacency": adjacency})
    _compare(contents, leaving, known, numbers)
    return write_all(folder, contents)


def _compare(contents: Mapping[str, bytes | str], leaving: Leaving, known: Fitted, numbers: Mapping[str, Any]) -> None:
    """Load the folder as someone else would, and let both answer the same samples.

    Raises:
        ExportError: it cannot be loaded, or answers otherwise.
    """
    import torch

    from nnstudio.compile import gate
    from nnstudio.engine.whole import SIZES, raw_samples, whole
    from nnstudio.session.modeling import MODELING
    from nnstudio.session.parcel import write_all

    asked, x = whole(leaving.program, numbers, known), raw_samples(leaving.program, known)
    with tempfile.TemporaryDirectory() as place:
        write_all(Path(place), contents)
        text = contents[MODELING]
        assert isinstance(text, str)
        try:
            loaded = gate.load_script(text, place)["from_pretrained"](place)
            with torch.no_grad():
                same = all(torch.equal(loaded(x[:size]), asked(x[:size])) for size in SIZES)
        except ExportError:
            raise
        except Exception as error:
            raise ExportError("export.script", detail=f"{type(error).__name__}: {error}") from error
    if not same:
        raise ExportError("export.apart", form="modeling.py", by="some digits")


def card_text(leaving: Leaving, known: Fitted) -> str:
    """Return the model card: what it is, what goes in and comes out, how good it is, how it was made."""
    from nnstudio.document import quoting
    from nnstudio.session.about import about

    program, found = leaving.program, about(leaving)
    title = quoting.markdown(program.title) or "Network"
    rows = [
        ("made with", found["made_with"]),
        ("PyTorch", found["torch"]),
        ("seed", found["seed"]),
        ("parameters", f"{found['parameters']:,}"),
        ("data", " ".join(str(found[name]) for name in ("data", "file", "fingerprint") if name in found)),
        ("rows", f"{known.rows:,}"),
        ("epochs", program.epochs),
        ("batch size", program.batch_size),
        ("optimizer", ", ".join(updater.target.rpartition(".")[2] for updater in program.updaters)),
    ]
    shape = " × ".join(["N", *map(str, known.shape)])
    goes_in = f"`x`: {shape}, " + (
        "whole numbers that name tokens" if known.tokens else "raw numbers, as they stand in the data"
    )
    names = [quoting.markdown(name) for name in known.classes or known.targets]
    columns = ", ".join(quoting.markdown(column.name) for column in known.columns[:40])
    lines = [
        "---",
        "library_name: pytorch",
        "tags:",
        "- nn-studio",
        "---",
        "",
        f"# {title}",
        "",
        "A network that was drawn and trained with NN Studio."
        if leaving.weights is not None
        else "A network that was drawn with NN Studio. These are its start weights: it was not trained.",
        "",
        "## Use",
        "",
        "```python",
        "from modeling import from_pretrained",
        "",
        'model = from_pretrained(".")',
        "answers = model(x)",
        "```",
        "",
        f"- In: {goes_in}." + (f" Columns: {columns}." if known.recipe or (columns and not known.axes) else ""),
        f"- Out: {'one number for each of' if len(names) > 1 else ''} {', '.join(names[:40])}.",
        "",
        "## How good it is",
        "",
        *_measures(leaving, known),
        "",
        "## How it was made",
        "",
        "| | |",
        "|---|---|",
        *(f"| {name} | {value} |" for name, value in rows),
    ]
    return "\n".join(lines) + "\n"


def _measures(leaving: Leaving, known: Fitted) -> list[str]:
    """The measures of both parts as a table; what keeps them from being taken is said."""
    import torch

    from nnstudio.engine.experiment import load_parts, make_model
    from nnstudio.engine.runtime.metrics import evaluate

    if leaving.weights is None:
        return ["It was not trained, so nothing was measured."]
    cpu = torch.device("cpu")
    try:
        parts = load_parts(leaving.program, cpu)
    except StudioError as error:
        return [f"Its data could not be read, so nothing was measured ({error.message.render()})."]
    model, criterion = make_model(leaving.program, leaving.program.seed, cpu)
    model.load_state_dict({name: torch.tensor(value) for name, value in leaving.weights.items()})
    lines = []
    for name, part in zip(("training", "validation"), parts, strict=True):
        found = evaluate(model, criterion, part)
        if found is None:
            continue
        told = {"loss": found.loss, "accuracy": found.accuracy, "MAE": found.mae, "RMSE": found.rmse, "R²": found.r2}
        shown = ", ".join(f"{key} {value:.4g}" for key, value in told.items() if value is not None)
        lines.append(f"- {name} part ({len(part):,} samples): {shown}")
    return lines or ["There are no samples to measure it by."]


EXPORT = Export(
    "huggingface",
    Text("Folder for a model hub …"),
    _write,
    files=("config.json", "modeling.py", "model.safetensors", CARD, "graph.safetensors"),
    order=45,
    purpose=Text(
        "Config, code, weights and a model card with measures, to be uploaded to a hub such as Hugging Face. It loads "
        "in a fresh Python with torch and safetensors alone."
    ),
)
