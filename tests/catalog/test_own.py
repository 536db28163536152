"""Files of one's own: each kind trains, is stepped, explained, exported and gated as what ships with the program; a
broken one is named.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from nnstudio.catalog import own, plugins
from nnstudio.catalog.entry import FORMS
from nnstudio.catalog.registry import family, node_kinds
from nnstudio.compile.analysis import analyse
from nnstudio.compile.lower import lower
from nnstudio.compile.program import Program
from nnstudio.document.errors import ExportError
from nnstudio.document.storage import dumps, loads, save
from nnstudio.document.values import Document
from nnstudio.engine.experiment import load_parts, make_model
from nnstudio.engine.previews import activation_curve, loss_curve, schedule_curve
from nnstudio.engine.record import record
from nnstudio.engine.trace import Trace
from nnstudio.engine.trainer import Trainer
from nnstudio.explain.printed import cards_of
from nnstudio.session.export import check_source, export_python, source_of
from nnstudio.session.notebook import notebook
from tests.helpers import chain, choice, finish, keys, sound
from tests.owned import EXAMPLES, forget, own_files

IRIS, ENTROPY, SQUARES = choice("iris"), choice("cross_entropy"), choice("mse")
OUT = ("linear", "out", {"units": 3})


def classes(*layers: Any, **more: Any) -> Document:
    return chain(*layers, OUT, data=IRIS, loss=ENTROPY, epochs=2, batch_size=30, **more)


def numbers(*layers: Any, **more: Any) -> Document:
    return chain(
        *layers,
        ("linear", "out", {"units": 1}),
        **{"data": choice("sine"), "loss": SQUARES, "epochs": 2, "batch_size": 16, **more},
    )


def first_step(program: Program) -> Trace:
    """One step from the start weights, with the first training row."""
    data, _ = load_parts(program, torch.device("cpu"))
    model, _ = make_model(program, program.seed, torch.device("cpu"))
    return record(program, model.state_dict(), *data.batch(slice(0, 1)), (data.rows[0],), seed=program.seed)


def hidden(**params: Any) -> tuple[str, str, dict[str, Any]]:
    return ("linear", "h", {"units": 4, **params})


# What is in a network of one's own: files, and a document that uses them.
USES: dict[str, tuple[tuple[str, ...], Any]] = {
    "module": (("layers/swirl.py",), lambda: classes(("swirl", "turn", {}))),
    "parameter": (("layers/gain.py",), lambda: classes(("gain", "gain", {}))),
    "activation": (("activations/soft_swish.py",), lambda: classes(hidden(activation=choice("soft_swish", beta=2.0)))),
    "initializer": (("initializers/twos.py",), lambda: classes(hidden(weight_initializer=choice("twos")))),
    "loss": (("losses/log_cosh.py",), lambda: numbers(hidden(), loss=choice("log_cosh"))),
    "optimizer": (
        ("optimizers/lion.py",),
        lambda: classes(hidden(), optimizer=choice("lion", learning_rate=0.01, weight_decay=0.1)),
    ),
    "schedule": (
        ("schedules/halving.py",),
        lambda: classes(hidden(), optimizer_params={"schedule": choice("halving", every=1)}),
    ),
    "data": (("datasets/zigzag.py",), lambda: numbers(hidden(), data=choice("zigzag"))),
    "all": (
        (
            "layers/swirl.py",
            "layers/gain.py",
            "activations/soft_swish.py",
            "losses/log_cosh.py",
            "optimizers/lion.py",
            "datasets/zigzag.py",
        ),
        lambda: numbers(
            hidden(activation=choice("soft_swish")),
            ("swirl", "turn", {}),
            ("gain", "gain", {}),
            data=choice("zigzag"),
            loss=choice("log_cosh"),
            optimizer=choice("lion"),
        ),
    ),
}


def run_notebook(made: dict[str, Any]) -> None:
    space: dict[str, Any] = {}
    for cell in made["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), cell["id"], "exec"), space)


@pytest.mark.parametrize("use", USES)
def test_it_trains_steps_explains_and_goes_home(use: str, tmp_path: Path) -> None:
    files, make = USES[use]
    with own_files(tmp_path / "own", *files):
        program = sound(make())
        assert not analyse(lower(make())).errors and plugins.broken() == ()
        end, _ = finish(Trainer(program, device="cpu"))
        assert end.how == "finished", end.reason and end.reason.render()
        check_source(program, source_of(program).text, end.weights)
        assert sound(loads(dumps(make()))[0]) == program
        trace = first_step(program)
        assert trace.parameters and all(card for _, card in cards_of(trace))
        default = torch.get_default_dtype()
        try:
            run_notebook(notebook(program, trace))
        finally:
            torch.set_default_dtype(default)
        export_python(program, tmp_path / "home", end.weights)
    # At home there is neither the folder nor this program.
    script = "import sys; sys.modules['nnstudio'] = None; import runpy; runpy.run_path('train.py', run_name='__main__')"
    ran = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path / "home", capture_output=True, text=True, timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stderr


def test_gradients_of_an_own_module_are_autograds(tmp_path: Path) -> None:
    with own_files(tmp_path / "own", "layers/swirl.py"):
        program = sound(classes(("swirl", "turn", {}), dtype="float64"))
        data, _ = load_parts(program, torch.device("cpu"))
        trace = first_step(program)
        model, criterion = make_model(program, program.seed, torch.device("cpu"))
        inputs, targets = data.batch(slice(0, 1))
        loss = criterion(model(*inputs), *targets)[0]
        loss.backward()
        for name, parameter in model.named_parameters():
            assert np.allclose(trace.parameters[name].gradient, parameter.grad.numpy(), rtol=1e-12, atol=0), name


def test_lion_moves_as_its_paper_says(tmp_path: Path) -> None:
    """Chen et al. 2023, algorithm 2: c ← β1·m + (1 − β1)·g; w ← w − η(sign c + λw); m ← β2·m + (1 − β2)·g."""
    with own_files(tmp_path / "own", "optimizers/lion.py"):
        program = sound(classes(hidden(), optimizer=choice("lion", learning_rate=0.01, weight_decay=0.1)))
        trace = first_step(program)
        for path, record in trace.parameters.items():
            assert record.gradient is not None
            wanted = record.old - 0.01 * (np.sign(0.1 * record.gradient) + 0.1 * record.old)
            assert np.allclose(record.new, wanted, atol=1e-6), path
        update = [card for moment, card in cards_of(trace) if moment.phase == "update"]
        assert update and any("sign" in json.dumps([str(line) for line in card.lines]) for card in update)


def test_what_a_choice_looks_like_is_drawn(tmp_path: Path) -> None:
    with own_files(tmp_path / "own", "activations/soft_swish.py", "losses/log_cosh.py", "schedules/halving.py"):
        curve = activation_curve(choice("soft_swish", beta=3.0))
        z = np.linspace(-6, 6, 241)
        assert curve is not None and np.allclose(dict(curve.lines)["a"], z / (1 + np.exp(-3 * z)))
        loss = loss_curve(choice("log_cosh"))
        assert loss is not None and np.allclose(dict(loss.lines)["E"], np.log(np.cosh(loss.x - 1)))
        rates = schedule_curve(choice("sgd", learning_rate=0.8), choice("halving", every=2), 6, 0)
        assert rates is not None and dict(rates.lines)["η"].tolist() == [0.8, 0.8, 0.4, 0.4, 0.2, 0.2]


def test_a_finding_of_ones_own_is_found(tmp_path: Path) -> None:
    thin = classes(hidden(), ("linear", "narrow", {"units": 1}))
    with own_files(tmp_path / "own", "findings/thin.py"):
        said = [problem.what.render() for problem in analyse(lower(thin)).problems]
        assert "narrow passes on a single number." in said, [
            problem.why.render() for problem in analyse(lower(thin)).problems
        ]
    assert "narrow passes on a single number." not in [
        problem.what.render() for problem in analyse(lower(thin)).problems
    ]


HEAD = (
    "from nnstudio.catalog.entry import *\nfrom nnstudio.catalog.own import own\n"
    "from nnstudio.document.text import Text\n"
)
LAYER = 'ENTRY = Layer(id="{id}", title=Text("T"), help=Text("H"), formula="y = x", calls={calls})\n'
PLAIN = 'lambda p, shapes: (Call("y", "torch.mul", (Ref("x"), 2.0)),)'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\nthis is no python\n", "Line 2"),
        ("\n\nraise KeyError('gone')\n", "Line 3: KeyError"),
        ("import nothing_of_that_name\n", "Line 1: ModuleNotFoundError"),
        ("raise SystemExit(3)\n", "Line 1: SystemExit"),
        ("x = 1\n", "nowhere what ENTRY is"),
        ("ENTRY = 3\n", "no Layer"),
        (HEAD + LAYER.format(id="linear", calls=PLAIN), "in use already"),
        (HEAD + LAYER.format(id="data", calls=PLAIN), "in use already"),
        (HEAD + LAYER.format(id="My Layer", calls=PLAIN), "small letters"),
        (HEAD + LAYER.format(id="ok", calls=PLAIN).replace('Text("H")', '"H"'), "Text("),
        (
            HEAD
            + "from nnstudio.document.fields import IntField\n"
            + LAYER.format(id="ok", calls=PLAIN).replace(
                "calls=", 'fields=(IntField(name="n", title=Text("N"), default=99, minimum=1, maximum=9),), calls='
            ),
            "its own default",
        ),
        ("\udcff", ""),
    ],
    ids=lambda value: None,
)
def test_a_broken_file_is_named_and_the_rest_works(text: str, said: str, tmp_path: Path) -> None:
    with own_files(tmp_path / "own", "layers/gain.py") as folder:
        (folder / "layers" / "bad.py").write_bytes(text.encode("utf-8", "surrogateescape"))
        lowered = lower(classes(("gain", "gain", {})))
        assert lowered.program is not None and "bad" not in node_kinds()
        problem = next(p for p in lowered.problems if p.what.key == "own.broken.what")
        assert (
            "layers/bad.py" in problem.what.render()
            and said in problem.why.render()
            and str(folder) in problem.remedy.render()
        )
        assert problem.severity == "warning" and "Traceback" not in problem.why.render()


@pytest.mark.parametrize(
    ("calls", "key"),
    [
        ("lambda p, shapes: 1 / 0", "own.at_layer"),
        ('lambda p, shapes: (Call("y", "os.system", ("ls",)),)', "own.at_layer"),
        ('lambda p, shapes: (Call("y", own(lambda x: x), (Ref("x"),)),)', "own.at_layer"),
        ('lambda p, shapes: (Call("y", "torch.mul", (Ref("nowhere"), 2.0)),)', "own.at_layer"),
        (
            'lambda p, shapes: (Call("y", "torch.nn.Linear", (Ref("x"),), '
            'make={"in_features": 4, "out_features": 4}),)',
            "own.start",
        ),
        (PLAIN + ', weights=lambda p: (Weight("y", "none", lambda s: None),)', "own.no_tensor"),
        (PLAIN + ", axes=lambda p, given: [][1]", "own.at_node"),
        (PLAIN + ", check=lambda p: p['nothing']", "own.at_node"),
    ],
)
def test_a_file_that_fails_in_use_says_so_at_its_node(calls: str, key: str, tmp_path: Path) -> None:
    with own_files(tmp_path / "own", layers__odd=HEAD + LAYER.format(id="odd", calls=calls)):
        lowered = lower(classes(("odd", "odd", {})))
        assert key in keys(lowered), [p.why.render() for p in lowered.problems]
        assert lowered.program is None


def test_failing_while_it_trains_is_a_sentence_with_file_and_line(tmp_path: Path) -> None:
    text = (
        HEAD
        + (
            "import torch\nclass Late(torch.nn.Module):\n    def forward(self, x):\n        if x.device.type != 'meta' "
            "and len(x) == 30:\n"
            "            raise KeyError('late')\n        return x\n"
        )
        + LAYER.format(id="late", calls='lambda p, s: (Call("y", own(Late), (Ref("x"),), make={}),)')
    )
    with own_files(tmp_path / "own", layers__late=text):
        end, _ = finish(Trainer(sound(classes(("late", "late", {}))), device="cpu"))
        assert end.how == "failed" and end.reason is not None and "late.py, line 8: KeyError" in end.reason.render()


def test_data_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    text = HEAD + 'ENTRY = Dataset(id="none", title=Text("T"), help=Text("H"), make=lambda p: {}["x"])\n'
    with own_files(tmp_path / "own", datasets__none=text):
        lowered = lower(numbers(hidden(), data=choice("none")))
        assert "data.unreadable" in keys(lowered) and any("none.py, line 4" in p.why.render() for p in lowered.problems)


def test_a_check_that_fails_is_a_note_and_no_more(tmp_path: Path) -> None:
    with own_files(tmp_path / "own", findings__bad="def bad(view):\n    yield view.nothing\n\n\nFINDINGS = (bad,)\n"):
        report = analyse(lower(classes(hidden())))
        assert not report.errors and any("bad.py" in problem.what.render() for problem in report.problems)


def test_code_that_draws_or_keeps_count_is_run_as_it_is(tmp_path: Path) -> None:
    """Replaying updates would take the first draw, or the first count, for all."""
    text = (
        HEAD
        + (
            "import torch\nclass Count(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n        "
            "self.calls = 0\n"
            "    def forward(self, x):\n        self.calls += 1\n        return x * (1.0 if self.calls < 40 else 2.0)\n"
        )
        + LAYER.format(id="count", calls='lambda p, s: (Call("y", own(Count), (Ref("x"),), make={}),)')
    )
    with own_files(tmp_path / "own", layers__count=text):
        document = chain(("count", "count", {}), OUT, data=IRIS, loss=ENTROPY, epochs=30, batch_size=30)
        program = sound(document)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("nnstudio.engine.ways.Stepper", lambda: pytest.fail("its updates are replayed"))
            end, _ = finish(Trainer(program, device="cpu", snapshots=False))
        assert end.how == "finished"


@pytest.mark.parametrize("form", [*FORMS, "no such form"])
def test_a_form_that_a_call_does_not_have_is_said_on_the_card(form: str, tmp_path: Path) -> None:
    text = HEAD + LAYER.format(
        id="odd", calls='lambda p, shapes: (Call("y", "torch.cumsum", (Ref("x"), 1), form="' + form + '"),)'
    )
    with own_files(tmp_path / "own", layers__odd=text):
        lowered = lower(classes(("odd", "odd", {})))
        if lowered.program is None:
            return
        trace = first_step(lowered.program)
        for moment, card in cards_of(trace):
            assert card.question and (
                moment.step != "odd"
                or form in ("no such form", "elementwise")
                or card.lines
                or form in " ".join(card.notes)
            )


def test_random_numbers_in_a_module_leave_the_run_alone(tmp_path: Path) -> None:
    text = (
        HEAD
        + (
            "import torch\nclass Fourier(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
            "        self.register_buffer('b', torch.randn(4, 4))\n    def forward(self, x):\n        return "
            "torch.sin(x @ self.b + torch.rand(1))\n"
        )
        + LAYER.format(id="fourier", calls='lambda p, s: (Call("y", own(Fourier), (Ref("x"),), make={}),)')
    )
    with own_files(tmp_path / "own", layers__fourier=text):
        before = torch.get_rng_state()
        program = sound(classes(("fourier", "f", {})))
        first, second = (make_model(program, 0, torch.device("cpu"))[0].state_dict() for _ in range(2))
        assert all(torch.equal(first[name], second[name]) for name in first)
        assert torch.equal(before, torch.get_rng_state())


CLASH = "import torch\n{}\nclass {}(torch.nn.Module):\n    def forward(self, x):\n        return x\n"


def test_names_that_two_files_share_or_the_script_uses_are_said(tmp_path: Path) -> None:
    def layer(id: str, name: str) -> str:
        return (
            HEAD
            + CLASH.format("", name)
            + LAYER.format(id=id, calls=f'lambda p, s: (Call("y", own({name}), (Ref("x"),), make={{}}),)')
        )

    with own_files(
        tmp_path / "own",
        layers__one=layer("one", "Same"),
        layers__two=layer("two", "Same"),
        layers__three=layer("three", "Part"),
    ):
        for document, said in (
            (classes(("one", "a", {}), ("two", "b", {})), "one.py and in two.py"),
            (classes(("three", "a", {})), "script uses itself"),
        ):
            lowered = lower(document)
            assert lowered.program is not None and "own.stays" in keys(lowered)
            with pytest.raises(ExportError, match=said):
                source_of(lowered.program)
        check_source(sound(classes(("one", "a", {}))), source_of(sound(classes(("one", "a", {})))).text)


def test_code_that_needs_the_program_cannot_go_home(tmp_path: Path) -> None:
    text = (
        HEAD
        + CLASH.format("from nnstudio.document.numbers import number\n", "Bound").replace(
            "return x", "return number and x"
        )
        + LAYER.format(id="bound", calls='lambda p, s: (Call("y", own(Bound), (Ref("x"),), make={}),)')
    )
    with own_files(tmp_path / "own", layers__bound=text):
        lowered = lower(classes(("bound", "b", {})))
        assert "own.stays" in keys(lowered) and lowered.program is not None
        with pytest.raises(ExportError, match="use torch alone"):
            source_of(lowered.program)


def test_a_project_without_its_file_says_which_and_keeps_the_node(tmp_path: Path) -> None:
    with own_files(tmp_path / "own", "layers/swirl.py", "activations/soft_swish.py"):
        saved = dumps(classes(("swirl", "turn", {}), hidden(activation=choice("soft_swish"))))
    document = loads(saved)[0]
    lowered = lower(document)
    said = " ".join(part.render() for p in lowered.problems for part in (p.what, p.why, p.remedy))
    assert "swirl" in said and "soft_swish" in said and "file of somebody's own" in said
    assert dumps(document) == saved


def test_nothing_is_loaded_because_a_project_says_so(tmp_path: Path) -> None:
    """A project beside a folder of files, and one that names a file: neither is read."""
    (tmp_path / "layers").mkdir()
    (tmp_path / "layers" / "evil.py").write_text("raise AssertionError('read')\n", encoding="utf-8")
    with own_files(tmp_path / "own", "layers/gain.py"):
        save(tmp_path / "p.nns", classes(("gain", "gain", {})))
        document = loads((tmp_path / "p.nns").read_bytes().replace(b'"gain"', b'"evil"'))[0]
        assert lower(document).program is None and plugins.broken() == ()


def test_without_a_folder_there_is_nothing(tmp_path: Path) -> None:
    with own_files(tmp_path / "own"):
        assert plugins.broken() == () and "swirl" not in family("layers")


@pytest.mark.parametrize(
    "text",
    [
        "X = [\n1,\n2,\n]\nclass A:\n    pass\n",
        "def a():\n    return '''\nclass no: pass\n'''\nX = a()\nclass A:\n    y = X\n",
        "X = 1 + \\\n2\nclass A:\n    pass\n",
        "import torch as t, math\nfrom torch import (nn,\n  Tensor as T)\nclass A(nn.Module):\n    x: T\n",
        "@staticmethod\n@staticmethod\ndef f():\n    pass\nclass A:\n    pass\nif __name__ == '__main__':\n    A()\n",
        "try:\n    import json\nexcept ImportError:\n    json = None\nclass A:\n    j = json\n",
        "class A:\n    s = f'{B}'\nB = 3\n",
    ],
)
def test_a_file_is_taken_apart_at_its_top(text: str) -> None:
    found = own.pieces(text)
    one = next(piece for piece in found if "A" in piece.gives)
    assert one.text.startswith("class A")
    needed = "\n".join(piece.text for piece in own._needed(found, {"A"}))
    compile(needed, "needed", "exec")
    assert "__main__" not in needed and ("B = 3" in needed) == ("{B}" in text) and ("X" in needed) == ("y = X" in text)


MODULE = "import torch\nfrom torch import nn\n"
BOX = LAYER.format(id="box", calls='lambda p, s: (Call("y", own(Box), (Ref("x"),), make={}),)')


def box(body: str, *, init: str = "", before: str = "") -> str:
    """A layer of the own module Box: what stands before it, in its __init__ and in its forward."""
    built = f"    def __init__(self):\n        super().__init__()\n        {init}\n" if init else ""
    return HEAD + MODULE + before + f"\nclass Box(nn.Module):\n{built}    def forward(self, x):\n        {body}\n" + BOX


@pytest.mark.parametrize(
    ("before", "body"),
    [
        ("K = 1\nK += 1\n", "return x * K"),
        ("T = []\nT.append(3.0)\n", "return x * T[0]"),
        ("T = {}\nT['a'] = 2.0\n", "return x * T['a']"),
        ("G = B = 0.9\n", "return x * B"),
        ("C = 1; D = 2\n", "return x * D"),
        ("from math import *\n", "return x * pi"),
        ("import math; import cmath\n", "return x * cmath.pi"),
        ("if (W := 3) > 2:\n    V = W\n", "return x * V"),
        (
            "from functools import singledispatch\n@singledispatch\ndef f(v):\n    return 1.0\n"
            "@f.register(int)\ndef _(v):\n    return 2.0\n",
            "return x * f(3)",
        ),
        ("try:\n    from math import tau\nexcept ImportError:\n    tau = 6.28\n", "return x * tau"),
        ("def a(v):\n    return b(v)\ndef b(v):\n    return v * 2\n", "return a(x)"),
        ("class Base(nn.Module):\n    two = 2\n", "return x * Base.two"),
    ],
)
def test_what_the_code_leans_on_goes_home_with_it(before: str, body: str, tmp_path: Path) -> None:
    with own_files(tmp_path / "own", layers__box=box(body, before=before)):
        program = sound(classes(("box", "it", {})))
        check_source(program, source_of(program).text)
        text = source_of(program).text
        assert "nnstudio" not in text.replace("made with NN Studio", "").replace("nnstudio_", "")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (box("return x.mul_(2.0)"), "Box changes what it is given, in place"),
        (box("return (x, x)"), "Box gives tuple where one tensor"),
        (box("return None"), "Box gives NoneType where one tensor"),
        (box("return x.sum()"), "T gives () where one tensor"),
        (box("return x > 0"), "Box gives numbers of the type bool"),
        (box("return x.double()"), "Box gives numbers of the type float64"),
        (box("return x * x[0, 0].item()"), "tensors that hold no numbers"),
        (box("exit()"), "box.py, line 9: SystemExit"),
        (box("return x").replace("own(Box)", "Box"), "Write own(Box)"),
        (box("return x").replace("own(Box)", '"Box"'), "Box is not one of torch's operations"),
        (box("return x", init="pass").replace("make={}", "make={'a': 1}"), "box.py: TypeError"),
        (
            box("return x * self.w", init="self.w = nn.Parameter(torch.ones(1))").replace(
                "make={}),)", "make={}),), weights=lambda p: (Weight('y', 'w', 0.25),)"
            ),
            "The start of w is 0.25",
        ),
    ],
)
def test_what_own_code_must_not_do_is_said_at_its_node(text: str, said: str, tmp_path: Path) -> None:
    with own_files(tmp_path / "own", layers__box=text):
        lowered = lower(classes(("box", "it", {})))
        assert lowered.program is None
        problems = [p for p in lowered.problems if p.node == "it"]
        assert any(said in f"{p.what.render()} {p.why.render()} {p.remedy.render()}" for p in problems), [
            (p.what.render(), p.why.render()) for p in lowered.problems
        ]


@pytest.mark.parametrize(
    ("init", "body", "before"),
    [
        ("self.register_buffer('b', torch.empty(4).normal_())", "return x * self.b", ""),
        ("self.a = float(np.random.rand())", "return x * self.a", "import numpy as np\n"),
        ("import random; self.a = random.random()", "return x * self.a", ""),
    ],
)
def test_what_is_drawn_in_init_is_the_same_every_time(init: str, body: str, before: str, tmp_path: Path) -> None:
    """Otherwise the step that is shown would be another network's than the one that trains."""
    with own_files(tmp_path / "own", layers__box=box(body, init=init, before=before)):
        program = sound(classes(("box", "it", {})))
        x = torch.ones(2, 4)
        first, second = (make_model(program, 0, torch.device("cpu"))[0].eval()(x) for _ in range(2))
        assert torch.equal(first, second) and torch.isfinite(first).all() and first.abs().max() < 100
        # A script draws something else: it is not written, and the reason is said.
        with pytest.raises(ExportError, match="Code of your own takes part"):
            check_source(program, source_of(program).text)


def test_going_back_brings_back_what_own_code_counts(tmp_path: Path) -> None:
    text = box("self.n += self.training; return x * (1 + 0.01 * self.n)", init="self.n = 0")
    with own_files(tmp_path / "own", layers__box=text):
        program = sound(classes(("box", "it", {})))
        trainer = Trainer(program, device="cpu", paused=True)
        trainer.start()

        def weights_after(act: Any) -> dict[str, np.ndarray]:
            act()
            while True:
                event = trainer.events.get(timeout=60)
                if type(event).__name__ in ("Stepped", "Looked"):
                    found = trainer.weights()
                    assert found is not None
                    return dict(found)

        for _ in range(6):
            there = weights_after(lambda: trainer.step("batch"))
        weights_after(lambda: trainer.go_to(2))
        again = weights_after(lambda: trainer.go_to(6))
        trainer.stop()
        trainer.join()
        assert all(np.array_equal(there[name], again[name]) for name in there)


def test_a_list_of_modules_goes_home(tmp_path: Path) -> None:
    """Their parameters have numbers in their names."""
    init = "self.net = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 4))"
    weights = (
        "weights=lambda p: tuple(Weight('y', f'net.{n}.{part}', constant(0.1)) "
        "for n in (0, 2) for part in ('weight', 'bias'))"
    )
    with own_files(
        tmp_path / "own",
        layers__box=box(
            "return self.net(x)", init=init, before="from nnstudio.catalog.weights import constant\n"
        ).replace("make={}),)", f"make={{}}),), {weights}"),
    ):
        program = sound(classes(("box", "it", {})))
        end, _ = finish(Trainer(program, device="cpu"))
        check_source(program, source_of(program).text, end.weights)


def test_a_node_named_like_its_own_function_goes_home(tmp_path: Path) -> None:
    text = (
        HEAD
        + "def double(x):\n    return x * 2\n"
        + LAYER.format(id="twice", calls='lambda p, s: (Call("y", own(double), (Ref("x"),)),)')
    )
    with own_files(tmp_path / "own", layers__twice=text):
        program = sound(classes(("twice", "double", {})))
        check_source(program, source_of(program).text)


def test_two_files_may_import_alike_but_not_otherwise(tmp_path: Path) -> None:
    def layer(id: str, line: str) -> str:
        name = f"f_{id}"
        return (
            HEAD
            + f"{line}\ndef {name}(x):\n    return act(x)\n"
            + LAYER.format(id=id, calls=f'lambda p, s: (Call("y", own({name}), (Ref("x"),)),)')
        )

    soft, silu = "from torch.nn.functional import softplus as act", "from torch.nn.functional import silu as act"
    with own_files(
        tmp_path / "own",
        layers__one=layer("one", soft),
        layers__two=layer("two", soft),
        layers__three=layer("three", silu),
    ):
        program = sound(classes(("one", "a", {}), ("two", "b", {})))
        check_source(program, source_of(program).text)
        assert "own.stays" in keys(lower(classes(("one", "a", {}), ("three", "b", {}))))


@pytest.mark.parametrize(
    "before",
    ["from time import time\n", "time = 0.5\n", "def json(x):\n    return x\n", "def print(*a, **k):\n    pass\n"],
)
def test_names_that_the_script_imports_are_its_own(before: str, tmp_path: Path) -> None:
    name = before.split()[-1] if before.startswith("from") else before.replace("def ", "").split()[0].partition("(")[0]
    with own_files(tmp_path / "own", layers__box=box(f"{name}; return x", before=before)):
        assert "own.stays" in keys(lower(classes(("box", "it", {}))))


def test_a_file_that_changes_the_whole_program_is_left_out(tmp_path: Path) -> None:
    with own_files(tmp_path / "own", layers__box=box("return x", before="torch.set_default_dtype(torch.float64)\n")):
        lowered = lower(classes(hidden()))
        assert torch.get_default_dtype() == torch.float32
        assert any("whole program" in p.why.render() for p in lowered.problems)


def test_a_rule_that_the_optimizer_does_not_follow_is_said(tmp_path: Path) -> None:
    text = (
        (EXAMPLES / "optimizers/lion.py")
        .read_text(encoding="utf-8")
        .replace('("w", "w - η*(u + λ*w)")', '("w", "w + η*d")')
    )
    with own_files(tmp_path / "own", optimizers__lion=text):
        program = sound(classes(hidden(), optimizer=choice("lion", learning_rate=0.1)))
        cards = [card for moment, card in cards_of(first_step(program)) if moment.phase == "update"]
        assert any("the optimizer does something else" in note for card in cards for note in card.notes)
    with own_files(tmp_path / "own", optimizers__lion=text.replace("w + η*d", "w +")):
        assert any("w +" in broken.why.render() for broken in plugins.broken())


TABLE = (
    HEAD
    + "import numpy as np\ndef make(params):\n    {}\n"
    + "ENTRY = Dataset(id='bad', title=Text('T'), help=Text('H'), make=make)\n"
)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("return None", "returns NoneType, not a Table"),
        ("return Table(('a',), [[1.0]], [[1.0]])", "x is no numpy array"),
        ("return Table(('a',), np.ones(3), np.ones((3, 1)))", "it needs rows, and columns"),
        ("return Table(('a',), np.ones((0, 1)), np.ones((0, 1)))", "it needs rows, and columns"),
        ("return Table(('a',), np.ones((3, 1)), np.ones((4, 1)))", "x has 3 rows, y has 4"),
        ("return Table(('a',), np.ones((3, 1)), np.ones(3))", "without classes it needs 1 columns"),
        ("return Table(('a',), np.ones((3, 1)), np.array([0, 1, 2]), ('no', 'yes'))", "class numbers from 0 to 1"),
        ("return Table(('a',), np.ones((3, 1)), np.array([0.5, 1, 1]), ('no', 'yes'))", "class numbers from 0 to 1"),
        ("return Table(('a', 'b'), np.ones((3, 1)), np.ones((3, 1)))", "x has 1 columns, columns names 2"),
        ("return Table(('a',), np.array([[1.0], [np.inf]]), np.ones((2, 1)))", "x holds an infinite number"),
        ("exit()", "SystemExit"),
    ],
)
def test_a_table_that_does_not_hold_together_is_said_at_the_data(body: str, said: str, tmp_path: Path) -> None:
    with own_files(tmp_path / "own", datasets__bad=TABLE.format(body)):
        lowered = lower(numbers(hidden(), data=choice("bad")))
        assert "data.unreadable" in keys(lowered)
        assert any(said in p.why.render() and "bad.py" in p.why.render() for p in lowered.problems), [
            p.why.render() for p in lowered.problems
        ]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("yield 'text'", "a check yields str"),
        ("yield said('', 'a', 'b', 'c', severity='bad')", "severity 'bad' is none of"),
        ("yield said('', 'a {rows}', 'b', 'c')", "KeyError"),
        ("exit()", "SystemExit"),
    ],
)
def test_a_check_that_says_it_wrong_is_a_note(body: str, said: str, tmp_path: Path) -> None:
    text = f"from nnstudio.compile.findings.view import said\ndef bad(view):\n    {body}\nFINDINGS = (bad,)\n"
    with own_files(tmp_path / "own", findings__bad=text):
        report = analyse(lower(classes(hidden())))
        assert not report.errors and any(said in p.why.render() and "bad.py" in p.why.render() for p in report.problems)


@pytest.mark.parametrize("room", ["datasets", "optimizers", "losses", "schedules", "initializers", "findings"])
def test_a_broken_file_of_every_room_is_named(room: str, tmp_path: Path) -> None:
    with own_files(tmp_path / "own", **{f"{room}__bad": "boom\n"}):
        assert any(f"{room}/bad.py" in p.what.render() for p in lower(classes(hidden())).problems)


def test_files_are_read_once_and_kept_as_they_were(tmp_path: Path) -> None:
    """Who edits a file while the program runs has the new one at the next start, in the script as well."""
    with own_files(tmp_path / "own", "layers/swirl.py") as folder:
        node_kinds()
        (folder / "layers" / "swirl.py").unlink()
        program = sound(classes(("swirl", "turn", {})))
        check_source(program, source_of(program).text)


def test_a_relative_folder_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with own_files(tmp_path / "own", layers__box=box("return x.nothing")):
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv(plugins.VARIABLE, "own")
        forget()
        lowered = lower(classes(("box", "it", {})))
        assert any("box.py, line 9: AttributeError" in p.why.render() for p in lowered.problems)
        monkeypatch.undo()


LAZY = """
class Lazy(torch.optim.Optimizer):
    def __init__(self, params, lr=0.1):
        super().__init__(params, {"lr": lr, "eps": (1e-30, 1e-3)})

    @torch.no_grad()
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is None:
                    continue
                state = self.state[p]
                state["calls"] = state.get("calls", 0) + 1
                if state["calls"] == 3:
                    state["row"] = p.grad.sum(-1)
                p.sub_(group["lr"] * p.grad * (1 + state.get("row", p.grad[..., 0] * 0).mean()))
"""


def test_a_run_with_an_own_optimizer_goes_on_after_it_was_saved(tmp_path: Path) -> None:
    """Its memory has names and forms that nobody else knows, and comes late."""
    from nnstudio.session.session import Session
    from tests.helpers import wait

    text = (
        HEAD
        + "import torch\n"
        + LAZY
        + "ENTRY = Optimizer(id='lazy', title=Text('L'), help=Text('H'), target=own(Lazy), kwargs=lambda p: {})\n"
    )
    with own_files(tmp_path / "own", optimizers__lazy=text):
        session = Session(classes(hidden(), optimizer=choice("lazy")))
        for _ in range(5):
            session.step("batch")
            wait(session, lambda: session.training.state == "paused" and session.stepping.trace is not None)
        session.save(tmp_path / "run.nns")
        before = session.present_weights()
        session.close()
        again = Session()
        again.open(tmp_path / "run.nns")
        wait(again, lambda: again.training.state == "paused")
        after = again.present_weights()
        again.close()
        assert before and all(np.array_equal(before[name], after[name]) for name in before)
