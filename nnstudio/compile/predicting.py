"""Print ``predict.py``: the script beside an exported network that reads new raw files with all that was fitted.

As in the script that trains, nothing is written twice: it holds the text of the modules by which the program itself
prepares new samples.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from nnstudio.catalog.sources.treatments import DATE, EMBED, FLAG, LOG, ORDERED, PICTURE, TOKENS
from nnstudio.compile import files
from nnstudio.compile.program import Program
from nnstudio.compile.source import merged_imports, runtime_text
from nnstudio.document import quoting
from nnstudio.document.messages import MESSAGES

# The modules whose text it has, in the order in which they stand on each other.
TEXTS = (
    "catalog/sources/number_words.py",
    "catalog/sources/dates.py",
    "catalog/sources/tokenizing.py",
    "catalog/sources/columns.py",
    "catalog/sources/guesses.py",
    "catalog/sources/one_picture.py",
    "engine/asking.py",
    "engine/asking_main.py",
)
_TYPES = re.compile(r"^if TYPE_CHECKING:\n(?:    .*\n)+\n*", re.MULTILINE)
_KEYS = re.compile(r'"((?:predict|data|text)\.[a-z_]+)"')


def write_predict(program: Program, sources: Sequence[str]) -> str:
    """Return the script's text; ``sources`` are the modules of TEXTS."""
    body = _TYPES.sub("", runtime_text(list(sources)))
    keys = sorted(key for key in set(_KEYS.findall(body)) if key in MESSAGES)
    sentences = "".join(f"    {quoting.python(key)}: {quoting.python(MESSAGES[key])},\n" for key in keys)
    imports = [
        source.replace("from typing import IO, TYPE_CHECKING", "from typing import IO")
        .replace("from typing import TYPE_CHECKING\n", "\n")
        .replace("from typing import TYPE_CHECKING, Any", "from typing import Any")
        for source in sources
    ]
    kinds = ", ".join(quoting.python(kind) for kind in (DATE, EMBED, FLAG, LOG, ORDERED, PICTURE, TOKENS))
    title = quoting.comment(program.title) or "network"
    return f'''# {title} - made with NN Studio. It answers new samples: python {files.PREDICT} FILE
"""Ask the network of {files.SCRIPT} about new rows or pictures: python {files.PREDICT} FILE [--out ANSWERS.csv]

What was fitted on the training part (scales, categories, fill values) comes from {files.PIPELINE}; the training data is
not needed. Needs numpy, torch, safetensors and pandas; Pillow for pictures, openpyxl for Excel.
"""

from __future__ import annotations

{merged_imports(imports)}

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from {files.SCRIPT.removesuffix(".py")} import DTYPE, Network, Scaler, sample_tensor  # noqa: E402

DATE, EMBED, FLAG, LOG, ORDERED, PICTURE, TOKENS = {kinds}
SENTENCES = {{
{sentences}}}


class TrainError(Exception):
    """Something is wrong with the new samples; it says what."""

    def __init__(self, key, **args):
        super().__init__(SENTENCES.get(key, key).format(**args))


{body}

{printed_probabilities(program)}

if __name__ == "__main__":
    main(
        HERE / "{files.PIPELINE}",
        Network,
        {"probabilities" if program.answer.target else "None"},
        DTYPE,
        HERE / "{files.WEIGHTS}",
    )
'''


def printed_probabilities(program: Program) -> str:
    """Return the function that turns scores into what they mean; "" where they are it."""
    answer = program.answer
    if not answer.target:
        return ""
    given = "".join(f", {name}={value!r}" for name, value in answer.kwargs.items())
    return f'''def probabilities(scores):
    """Return what the scores of a sample mean."""
    return {answer.target}(scores{given})

'''


def pipeline_of(program: Program, known: Mapping[str, object]) -> dict[str, object]:
    """Return what ``pipeline.json`` holds: what was fitted, as plain values, and how an answer is read."""
    answer = program.answer
    return {**known, "answer": {"form": answer.form, "output": answer.output, "threshold": answer.threshold}}
