"""A project that trains in several processes: under torchrun, on one machine, on several, or on a cluster."""

from __future__ import annotations

import json
import re
from pathlib import Path

from nnstudio.compile import files
from nnstudio.compile.source import write_ranked
from nnstudio.document import quoting
from nnstudio.document.text import Text
from nnstudio.resources import resource, runtime_source
from nnstudio.session.exports import Export, Leaving
from nnstudio.session.exports.project import name_of, pins, python_here
from nnstudio.session.exports.python import EXPORT as PYTHON

STREAMED = """
- **Samples in a file** (`{samples}`): every process reads its own rows, a batch ahead; the share of the time that was
  waited for them is said at the end."""


def _filled(file: str, **given: str) -> str:
    """A text that lies among the resources, with what is <NAMED> in it."""
    text = resource("torchrun", f"{file}.txt").read_text(encoding="utf-8")
    return re.sub("<([A-Z]+)>", lambda found: given.get(found[1].lower(), found[0]), text)


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    from nnstudio.engine.fitted import fitted
    from nnstudio.engine.fitted_plain import to_plain
    from nnstudio.session.about import lines_of
    from nnstudio.session.parcel import write_all

    program = leaving.program
    name = name_of(program)
    more = () if program.spares else files.SPARING
    text = write_ranked(program, {module: runtime_source(module) for module in (*more, *files.RANKS)})
    words = {
        files.RANKED: text,
        files.FITTED: json.dumps(to_plain(fitted(program)), ensure_ascii=False) + "\n",
        "requirements.txt": pins(),
        "Dockerfile": _filled("Dockerfile", version=python_here(), ranked=files.RANKED),
        "train.slurm": _filled("train.slurm", name=name, ranked=files.RANKED),
        "README.md": _filled(
            "README.md",
            title=quoting.markdown(program.title) or "Network",
            script=files.SCRIPT,
            ranked=files.RANKED,
            name=name,
            streamed=STREAMED.format(samples=files.SAMPLES) if program.data.streamed else "",
            said="\n".join(f"- {quoting.markdown(line)}" for line in lines_of(leaving)),
        ),
    }
    return [*PYTHON.write(leaving, folder), *write_all(folder, words)]


EXPORT = Export(
    "torchrun",
    Text("Project for several processes …"),
    _write,
    files=(*files.ALL, files.RANKED, files.FITTED, "requirements.txt", "Dockerfile", "train.slurm", "README.md"),
    reproduces=True,
    order=55,
    purpose=Text(
        "One bigger training: the same network under torchrun, on several cores, GPUs or machines, with checkpoints, "
        "a SLURM job and a Dockerfile."
    ),
)
