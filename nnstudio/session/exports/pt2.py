"""A file of torch.export: the network with its scaling, for PyTorch without this program and without its code."""

from __future__ import annotations

import io
import json
import warnings
from pathlib import Path

from nnstudio.document.errors import ExportError
from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving

FILE = "model.pt2"
# What the file says of itself lies in it by this name.
ABOUT = "about.json"


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    import torch

    from nnstudio.engine.fitted import fitted
    from nnstudio.engine.whole import SIZES, raw_samples, whole
    from nnstudio.session.about import about
    from nnstudio.session.export import start_weights
    from nnstudio.session.parcel import write_all

    program, known = leaving.program, leaving.known or fitted(leaving.program)
    asked = whole(program, leaving.weights or start_weights(program), known)
    x = raw_samples(program, known)
    buffer = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = torch.export.export(asked, (x[:2],), dynamic_shapes=({0: torch.export.Dim("batch")},))
            torch.export.save(made, buffer, extra_files={ABOUT: json.dumps(about(leaving), ensure_ascii=False)})
            buffer.seek(0)
            loaded = torch.export.load(buffer).module()
    except Exception as error:
        # What cannot be traced torch says in many ways.
        lines = str(error).strip().splitlines() or [""]
        detail = f"{type(error).__name__}: {lines[0][:200]}"
        raise ExportError("export.not_traced", form="torch.export", detail=detail) from None
    with torch.no_grad():
        for size in SIZES:
            if not torch.equal(loaded(x[:size]), asked(x[:size])):
                raise ExportError("export.apart", form="torch.export", by="some digits")
    return write_all(folder, {FILE: buffer.getvalue()})


EXPORT = Export(
    "pt2",
    Text("PyTorch program (.pt2) …"),
    _write,
    files=(FILE,),
    order=35,
    purpose=Text(
        "The network as torch.export traces it: torch.export.load answers raw samples without this program and without "
        "its code. Answers are the same to the last digit."
    ),
    apart=True,
)
