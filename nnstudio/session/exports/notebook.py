"""The whole training as a Jupyter notebook: data, network, loop, curves, a cell for each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from nnstudio.compile import files
from nnstudio.document import quoting
from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving

FILE = "training.ipynb"
LOADING = "\n\ndef load_data("
TRAINING = "\n\n# --- training: the same functions that NN Studio runs ---\n"
CURVES = '''def curves(name, *keys):
    """Draw some columns of the history over the epochs, as a picture."""
    lines = [[(row["epoch"], row[key]) for row in history if row.get(key) is not None] for key in keys]
    points = [value for line in lines for _, value in line]
    if not points:
        return
    low, high = min(points), max(points)
    wide, tall, span = 520, 220, (high - low) or 1.0
    last = max(1, EPOCHS - 1)
    parts = []
    for line, colour in zip(lines, ("#1f6fc4", "#d9601a"), strict=False):
        path = " ".join(
            f"{50 + (epoch - 1) / last * (wide - 70):.1f},{20 + (high - value) / span * (tall - 50):.1f}"
            for epoch, value in line
        )
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
    words = f'<text x="50" y="14">{name}: ' + ", ".join(keys) + "</text>"
    ends = f'<text x="2" y="26">{high:.4g}</text><text x="2" y="{tall - 28}">{low:.4g}</text>'
    frame = f'<rect x="50" y="20" width="{wide - 70}" height="{tall - 50}" fill="none" stroke="#999"/>'
    style = 'font-family="sans-serif" font-size="11"'
    display(SVG(f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{tall}" {style}>'
                + words + ends + frame + "".join(parts) + "</svg>"))


curves("loss", "train_loss", "val_loss")
curves("accuracy", "train_accuracy", "val_accuracy")'''


def notebook_of(leaving: Leaving) -> dict[str, Any]:
    """Return the notebook (nbformat 4.5). It holds the text of the script in pieces, and its loop."""
    from nnstudio.session.about import lines_of
    from nnstudio.session.export import source_of

    program = leaving.program
    text = source_of(program, leaving.journal, leaving.threads).text
    before, _, rest = text.partition("\nHERE = ")
    settings, _, rest = rest.partition("\n\n\n")
    network, _, rest = rest.partition(LOADING)
    loading, _, rest = rest.partition(TRAINING)
    training = rest.partition("\nRUN = Script(")[0]
    load, _, make = loading.partition("\n\n\ndef make_model(")
    imports = before.partition("from __future__ import annotations\n")[2].strip()
    spares = "step=Sparing(PARTS, HALF, COMPILED, device)," if program.spares else ""
    title = quoting.markdown(program.title) or "Network"
    said = "\n".join(f"- {quoting.markdown(line)}" for line in lines_of(leaving))
    cells = [
        _text(
            f"# {title}\n\nThe whole training of a network that was drawn with NN Studio, cell by cell. The same seed "
            f"gives the same numbers on the CPU.\n\n{said}"
        ),
        _code(f"from __future__ import annotations\n\n{imports}\nfrom IPython.display import SVG, display"),
        _text("## Settings"),
        _code("HERE = Path('.').resolve()\n" + settings.partition("\n")[2]),
        _text(
            "## Tools\n\nThe functions that NN Studio itself trains with; nothing in them is special to this network."
        ),
        _code(training.strip()),
        _text(f"## Data\n\nThe samples lie beside this notebook, in `{_data_name(leaving)}`."),
        _code(
            f"def load_data({load.strip()}\n\n\ndevice = choose_device(DEVICE, DTYPE)\nprepare_thread(THREADS or 1)\n"
            "data, validation = load_data(device)\n"
            'print(len(data), "samples for training,", len(validation), "for validation")'
        ),
        _text("## Network\n\nIts layers, its loss, and how start weights are drawn."),
        _code(network.strip() + f"\n\n\ndef make_model({make.strip()}\n\n\nmodel = make_model(SEED, device)\nmodel"),
        _text("## Training\n\nOne line an epoch."),
        _code(
            "optimizer = make_optimizer(model)\n"
            "schedule = make_schedule(optimizer, max(1, EPOCHS - WARMUP))\n"
            "history, updates, samples, restored, started = [], 0, 0, None, time.perf_counter()\n"
            "for event in train(\n"
            "    model, criterion, optimizer, schedule, data, validation,\n"
            "    epochs=EPOCHS, batch_size=BATCH_SIZE, seed=SEED, shuffle=SHUFFLE,\n"
            "    limits=Limits(CLIP_NORM, CLIP_VALUE, L1), couples_samples=COUPLES_SAMPLES,\n"
            f"    warmup=WARMUP, patience=PATIENCE, {spares}\n"
            "):\n"
            "    if isinstance(event, Update):\n"
            "        updates, samples = updates + 1, samples + event.samples\n"
            "    elif isinstance(event, Restored):\n"
            "        restored = event.epoch\n"
            '        print("the weights of epoch", restored, "are back: they were the best")\n'
            "    elif isinstance(event, Epoch):\n"
            "        history.append(epoch_record(event))\n"
            "        print(epoch_line(event, EPOCHS))"
        ),
        _text("## Curves"),
        _code(CURVES),
        _text("## Results"),
        _code(
            "seconds = time.perf_counter() - started\n"
            "result = report(model, criterion, data, validation, history, updates, samples, seconds, restored)\n"
            'result["final"]'
        ),
        _text(
            "## Weights\n\nThe trained weights are written beside this notebook; "
            f"`{files.WEIGHTS}` holds those of NN Studio."
        ),
        _code(
            "save_file({name: tensor.contiguous().cpu() for name, tensor in model.state_dict().items()}, "
            'HERE / "trained.safetensors")'
        ),
    ]
    for number, cell in enumerate(cells):
        cell["id"] = f"cell-{number}"
    return {
        "cells": cells,
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _data_name(leaving: Leaving) -> str:
    from nnstudio.compile.source import data_file

    return data_file(leaving.program)


def _text(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _code(text: str) -> dict[str, Any]:
    return {"cell_type": "code", "metadata": {}, "source": text, "outputs": [], "execution_count": None}


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    import numpy as np
    import torch
    from safetensors.torch import save

    from nnstudio.session.beside import files_beside
    from nnstudio.session.export import check_source, source_of, start_weights
    from nnstudio.session.parcel import write_all

    program = leaving.program
    # The notebook holds the script's text: what passes for one passes for both.
    check_source(program, source_of(program, leaving.journal, leaving.threads).text, leaving.weights)
    numbers = leaving.weights or start_weights(program)
    contents: dict[str, bytes | str | Path] = {
        FILE: json.dumps(notebook_of(leaving), ensure_ascii=False, indent=1) + "\n",
        files.WEIGHTS: save({n: torch.from_numpy(np.array(v)) for n, v in numbers.items()}),
        **files_beside(program),
    }
    return write_all(folder, contents)


EXPORT = Export(
    "notebook",
    Text("Jupyter notebook …"),
    _write,
    files=(FILE, files.TABLE, files.ARRAYS, files.SAMPLES, files.START, files.WEIGHTS),
    order=20,
    purpose=Text(
        "The whole training cell by cell: data, network, loop, curves. To be read, changed and run in Jupyter or Colab."
    ),
)
