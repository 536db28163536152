"""A project to be run elsewhere: the scripts with pinned libraries, a container and a job for a cluster."""

from __future__ import annotations

import io
import sys
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path

from nnstudio.compile import files
from nnstudio.compile.program import Program
from nnstudio.document import quoting
from nnstudio.document.text import Text
from nnstudio.session.exports import Export, Leaving

FILE = "project.zip"
NEEDED = ("torch", "numpy", "safetensors", "pandas", "pillow", "openpyxl")
DOCKER = """FROM python:{version}-slim
WORKDIR /project
COPY requirements.txt .
# The small build of PyTorch for the CPU; leave the option out on a machine with an NVIDIA card.
RUN pip install --no-cache-dir --extra-index-url https://download.pytorch.org/whl/cpu -r requirements.txt
COPY . .
CMD ["python", "{script}", "--save", "trained.safetensors"]
"""
SLURM = """#!/bin/bash
#SBATCH --job-name={name}
#SBATCH --ntasks=1
#SBATCH --cpus-per-task=4
#SBATCH --mem=8G
#SBATCH --time=02:00:00
#SBATCH --output=%x-%j.log
# On a partition with GPUs: #SBATCH --gres=gpu:1

set -euo pipefail
cd "$SLURM_SUBMIT_DIR"
python3 -m venv .venv
.venv/bin/pip install -r requirements.txt
.venv/bin/python {script} --threads "$SLURM_CPUS_PER_TASK" --save trained.safetensors
"""
README = """# {title}

A network that was drawn with NN Studio, with its data and all that trains it. It needs no NN Studio.

```
python3 -m venv .venv
.venv/bin/pip install -r requirements.txt
.venv/bin/python {script}                 # trains; the same seed gives the same numbers on the CPU
.venv/bin/python {script} --evaluate      # measures the weights that came with it
.venv/bin/python {predict} FILE           # answers new rows or pictures
```

- With Docker: `docker build -t {name} . && docker run --rm {name}`
- On a cluster with SLURM: `sbatch train.slurm`

{said}
"""


def _write(leaving: Leaving, folder: Path) -> list[Path]:
    from nnstudio.session.about import lines_of
    from nnstudio.session.export import export_leaving
    from nnstudio.session.parcel import write_all

    program = leaving.program
    name = name_of(program)
    words = {
        "requirements.txt": pins(),
        "Dockerfile": DOCKER.format(version=python_here(), script=files.SCRIPT),
        "train.slurm": SLURM.format(name=name, script=files.SCRIPT),
        "README.md": README.format(
            title=quoting.markdown(program.title) or "Network",
            script=files.SCRIPT,
            predict=files.PREDICT,
            name=name,
            said="\n".join(f"- {quoting.markdown(line)}" for line in lines_of(leaving)),
        ),
    }
    with tempfile.TemporaryDirectory() as place:
        made = export_leaving(leaving, Path(place) / "p")
        archive = Path(place) / FILE
        with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
            for path in made:
                packed.write(path, f"{name}/{path.name}")
            for word, text in words.items():
                packed.writestr(f"{name}/{word}", io.StringIO(text, newline="\n").getvalue())
        return write_all(folder, {FILE: archive})


def name_of(program: Program) -> str:
    """What a program is called where only plain letters stand."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in program.title.lower()).strip("-") or "network"


def pins() -> str:
    """The libraries that the scripts need, in the versions that are here."""
    return "".join(f"{library}=={_version(library)}\n" for library in NEEDED if _version(library))


def python_here() -> str:
    """The version of Python, in two numbers."""
    return f"{sys.version_info[0]}.{sys.version_info[1]}"


def _version(library: str) -> str:
    """The version that is here, without what says for which machine it was built."""
    try:
        return metadata.version(library).partition("+")[0]
    except metadata.PackageNotFoundError:
        return ""


EXPORT = Export(
    "project",
    Text("Project for a server (zip) …"),
    _write,
    files=(FILE,),
    reproduces=True,
    order=50,
    purpose=Text("Scripts, data and weights with pinned libraries, a Dockerfile and a SLURM job: unpack it and run."),
)
