"""Print a Program as a Python script.

The training functions are not written here: their text comes from ``engine/runtime`` as it stands.
"""

from __future__ import annotations

import itertools
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from nnstudio.compile import files
from nnstudio.compile.printing import (
    FUNCTIONAL,
    OWN_IMPORTS,
    Writer,
    own_code,
    parameter_text,
    print_criterion,
    print_network,
    print_optimizer,
    print_schedule,
    print_start,
)
from nnstudio.compile.program import Program
from nnstudio.document import quoting


@dataclass(frozen=True)
class Source:
    """The text of a script, and which node each line (from 1) of the network and the loss belongs to."""

    text: str
    nodes: Mapping[int, str]
    steps: Mapping[str, int]


def runtime_text(sources: list[str]) -> str:
    """Return the functions and classes of the runtime modules: their text below docstring and imports.

    Read by lines, not by :mod:`ast`: in Python 3.11 two threads that parse at once can fail each other, and this
    runs in the compiler's thread as well as in an export.
    """
    parts = []
    for source in sources:
        lines = source.split("\n")
        last_import = max(n for n, line in enumerate(lines) if line.startswith(("import ", "from ")))
        if lines[last_import].endswith("("):
            last_import = lines.index(")", last_import)
        parts.append("\n".join(lines[last_import + 1 :]).strip())
    return "\n\n\n".join(parts) + "\n"


def merged_imports(sources: Iterable[str]) -> str:
    """Return what the runtime modules import from elsewhere, in two blocks: Python's own, then the others."""
    plain: set[str] = set()
    named: dict[str, set[str]] = defaultdict(set)
    for source in sources:
        for line in source.split("\n"):
            if line.startswith("import "):
                plain.add(line)
            elif line.startswith("from ") and not line.startswith(("from nnstudio.", "from __future__")):
                module, names = line.removeprefix("from ").split(" import ")
                named[module] |= set(names.split(", "))
    lines = sorted(plain) + [
        f"from {module} import {', '.join(sorted(names, key=_as_sorters_do))}"
        for module, names in sorted(named.items())
    ]
    own = [line for line in lines if line.split()[1].partition(".")[0] in sys.stdlib_module_names]
    return "\n".join([*own, "", *(line for line in lines if line not in own)])


def _as_sorters_do(name: str) -> tuple[int, str]:
    """Constants first, then classes, then the rest."""
    return (0 if name.isupper() else 1 if name[:1].isupper() else 2), name


def _settings(program: Program, threads: int | None) -> str:
    data = program.data
    return f"""HERE = Path(__file__).resolve().parent
DTYPE = torch.{program.dtype}
EPOCHS = {program.epochs}
BATCH_SIZE = {program.batch_size}
SHUFFLE = {program.shuffle}
SEED = {program.seed}
CLIP_NORM = {program.clip_norm!r}
CLIP_VALUE = {program.clip_value!r}
L1 = {program.l1!r}
WARMUP = {program.warmup!r}
PATIENCE = {program.patience!r}
THREADS = {threads!r}  # processor cores, as in the run that was exported; None: measured when training begins
COUPLES_SAMPLES = {program.couples_samples}  # batch norm: a row's result depends on its batch
CLASSES = {quoting.python(list(data.classes))}
""" + (
        f"""PARTS = {program.parts!r}  # of a batch, one after the other: gradient accumulation
HALF = {program.half!r}  # mixed precision: the format of products, "" for all digits
COMPILED = {program.compiled!r}  # whether torch.compile fuses the operations
"""
        if program.spares
        else ""
    )


def data_file(program: Program) -> str:
    """The file that lies beside the script: CSV for rows of numbers, arrays for all else."""
    data = program.data
    arrays = data.axes or data.graph or data.tokens or data.sides or data.streamed
    return files.ARRAYS if arrays else files.TABLE


def _short(value: str | tuple[str, ...]) -> str:
    """Write what is said of each feature; what is said of many that follow each other is said once."""
    if isinstance(value, str) or len(value) < 20:
        return quoting.python(value)
    runs = ((one, len(list(many))) for one, many in itertools.groupby(value))
    return " + ".join(f"({quoting.python(one)},) * {count}" for one, count in runs)


def _freezing(program: Program) -> str:
    return "".join(f"    {parameter_text(path)}.requires_grad_(False)\n" for path in program.frozen)


def _beginning(program: Program) -> str:
    if program.begun is None:
        return ""
    return f"""    # What the network knew before: it lies beside this script.
    model.load_state_dict(load_file(HERE / {quoting.python(files.START)}), strict=False)
"""


def _loading(program: Program) -> str:
    file = data_file(program)
    data = program.data
    if file == files.TABLE:
        targets, keys = 1 if data.classes else len(data.target_columns), ", keys=1" if data.keyed else ""
        read = f'x, y, keys = read_csv(HERE / "{file}", targets={targets}{keys})'
    else:
        read = f'arrays = np.load(HERE / "{file}", allow_pickle=False)\n    x, y = arrays["x"], arrays["y"]'
        if data.streamed:
            samples = f'np.load(HERE / "{files.SAMPLES}", mmap_mode="r")'
            read = read.replace('arrays["x"], arrays["y"]', f'{samples}[: len(arrays["y"])], arrays["y"]')
        read += '\n    keys = arrays["keys"]' if data.keyed else "\n    keys = None"
    graph = '\n        adjacency=arrays["adjacency"],' if data.graph else ""
    balance = "\n        balance=True," if data.balance else ""
    split = ", ".join(
        f"{name}={quoting.python(value)}"
        for name, value in (
            ("kind", data.split),
            ("validation", data.validation),
            ("test", data.test),
            ("seed", data.split_seed),
            *((("folds", data.folds), ("fold", data.fold)) if data.folds else ()),
        )
    )
    return f'''

def load_data(device, held="validation"):
    """Read {file} beside this script; return the training part and the part that is held aside."""
    {read}
    return prepare_data(
        x,
        y,
        split=Split({split}),
        scaling={_short(data.scaling)},
        scale_axis={data.scale_axis!r},
        target_scaling={quoting.python(data.target_scaling)},
        undo={data.undo!r},
        fill={_short(data.fill)},
        tokens={bool(data.tokens)!r},
        classes=len(CLASSES),
        evaluation={program.evaluation!r},
        uses={program.model.inputs!r},
        forms={tuple(target.form for target in data.targets)!r},
        dtype=DTYPE,
        device=device,
        keys=keys,
        held=held,{graph}{balance}
    )


def make_model(seed, device):
    """Return the network with its start weights for a seed."""
    model = Network().to(DTYPE)
    initialize(model, seed)
{_beginning(program)}{_freezing(program)}    return model.to(device)
'''


ENDING = """
RUN = Script(
    load_data=load_data,
    make_model=make_model,
    criterion=criterion,
    make_optimizer=make_optimizer,
    make_schedule=make_schedule,
    weights=HERE / {weights},
    epochs=EPOCHS,
    batch_size=BATCH_SIZE,
    shuffle=SHUFFLE,
    seed=SEED,
    device=DEVICE,
    limits=Limits(CLIP_NORM, CLIP_VALUE, L1),
    warmup=WARMUP,
    patience=PATIENCE,
    couples_samples=COUPLES_SAMPLES,
    threads=THREADS,
    dtype=DTYPE,{replay}
)


if __name__ == "__main__":
    main(RUN)
"""


REPLAYING = """
    step=lambda device: Stepper() if device.type == "cpu" else update,
    judge=lambda device: Judge() if device.type == "cpu" else evaluate,"""


SPARING = """
    step=lambda device: Sparing(PARTS, HALF, COMPILED, device),"""


def write_source(
    program: Program,
    runtime: list[str],
    journal: tuple[str, ...] = (),
    threads: int | None = None,
    replay: bool = False,
) -> Source:
    """Return the script of a program.

    ``runtime`` are the texts of the training modules; ``journal`` says what was changed by hand while the run was going
    on, and stands as comments at the top; ``threads`` are the cores that it took, None where they are to be measured.
    With ``replay`` the script trains by replaying its updates; the modules for that are among the ``runtime``.
    """
    writer = Writer()
    middle = Writer()
    print_network(middle, program)
    print_criterion(middle, program.criterion)
    print_start(middle, program)
    print_optimizer(middle, program)
    print_schedule(middle, program)
    body = "\n".join(middle.lines)
    own = own_code(program)
    functional = FUNCTIONAL if "F." in body else ""
    imports = merged_imports([*runtime, OWN_IMPORTS + functional, "\n".join(own.imports)])
    title = quoting.comment(program.title) or "network"
    writer.add(f"# {title} - made with NN Studio. Run it with: python {files.SCRIPT}")
    writer.add("# Needs torch, numpy and safetensors. The same seed gives the same numbers on the CPU.")
    for line in journal:
        writer.add(f"# While it ran: {quoting.comment(line)}")
    writer.add("from __future__ import annotations\n")
    writer.add(imports)
    writer.add()
    writer.add(_settings(program, threads).rstrip("\n"))
    writer.add(f"DEVICE = {quoting.python(program.device)}")
    writer.add()
    writer.add()
    if own.text:
        writer.add(own.text)
        writer.add()
        writer.add()
    offset = len(writer.lines)
    writer.lines.extend(middle.lines)
    writer.add(_loading(program).rstrip("\n"))
    writer.add("\n\n# --- training: the same functions that NN Studio runs ---\n")
    writer.add(runtime_text(runtime).rstrip("\n"))
    writer.add(
        ENDING.format(
            weights=quoting.python(files.WEIGHTS), replay=SPARING if program.spares else REPLAYING if replay else ""
        ).rstrip("\n")
    )
    return Source(
        "\n".join(writer.lines) + "\n",
        {line + offset: node for line, node in middle.nodes.items()},
        {name: line + offset for name, line in middle.steps.items()},
    )


def write_ranked(program: Program, modules: Mapping[str, str]) -> str:
    """Return the script for several processes: it leans on the one for one process, which lies beside it, and has the
    text of ``modules`` by their names.
    """
    taken: set[str] = set()
    for source in modules.values():
        for line in source.split("\n"):
            if line.startswith("from nnstudio.engine.runtime."):
                module, names = line.removeprefix("from nnstudio.engine.runtime.").split(" import ")
                taken |= set(names.split(", ")) if module not in modules else set()
    title = quoting.comment(program.title) or "network"
    told = ", PARTS, HALF" if program.spares else ""
    taken |= {"RUN", *(("PARTS", "HALF") if program.spares else ())}
    lines = [
        f"# {title} - in several processes: torchrun --nproc-per-node 2 {files.RANKED}",
        f"# Leans on {files.SCRIPT} beside it; needs torch, numpy and safetensors.",
        "from __future__ import annotations\n",
        merged_imports(modules.values()),
        "\nfrom train import (",
        *(f"    {name}," for name in sorted(taken, key=_as_sorters_do)),
        ")\n\n",
        runtime_text(list(modules.values())),
        f'\nif __name__ == "__main__":\n    main_ranked(RUN{told})',
    ]
    return "\n".join(lines) + "\n"
