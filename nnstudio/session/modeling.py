"""The code of a network that is loaded elsewhere: its class, its scaling, and what reads its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnstudio.compile.predicting import printed_probabilities
from nnstudio.compile.printing import FUNCTIONAL, Writer, own_code, print_network
from nnstudio.compile.source import merged_imports, runtime_text
from nnstudio.document import quoting
from nnstudio.resources import package_source

if TYPE_CHECKING:
    from nnstudio.compile.program import Program

MODELING, CONFIG, TENSORS, GRAPH = "modeling.py", "config.json", "model.safetensors", "graph.safetensors"
IMPORTS = """import json
import torch
from pathlib import Path
from safetensors.torch import load_file
from torch import nn
"""


def modeling_text(program: Program) -> str:
    """Return the text of modeling.py: ``from_pretrained(folder)`` gives a module that answers raw samples."""
    writer = Writer()
    print_network(writer, program)
    network = "\n".join(writer.lines).strip()
    source = package_source("engine/answering.py")
    own = own_code(program)
    functional = FUNCTIONAL if "F." in network else ""
    imports = merged_imports([source, IMPORTS + functional, "\n".join(own.imports)])
    title = quoting.comment(program.title) or "network"
    means = printed_probabilities(program)
    graph = f'**load_file(Path(folder) / "{GRAPH}"), ' if program.data.graph else ""
    takes = f"takes={program.model.inputs!r}"
    return f'''# {title} - made with NN Studio. Needs torch and safetensors.
"""Load the network: from modeling import from_pretrained; from_pretrained(".")(raw samples) gives answers."""

from __future__ import annotations

{imports}

HERE = Path(__file__).resolve().parent
DTYPE = torch.{program.dtype}

{own.text + chr(10) + chr(10) if own.text else ""}
{network}


{runtime_text([source]).rstrip()}


{means.strip() + chr(10) + chr(10) if means else ""}
def from_pretrained(folder=HERE):
    """Return the network with its weights, as a module that answers raw samples."""
    config = json.loads((Path(folder) / "{CONFIG}").read_text(encoding="utf-8"))
    network = Network().to(DTYPE)
    network.load_state_dict(load_file(Path(folder) / "{TENSORS}"))
    means = {"probabilities" if means else "None"}
    return Answering(network, config["pipeline"], means, DTYPE, {graph}{takes})
'''
