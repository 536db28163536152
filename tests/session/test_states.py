"""A run's states: what may follow what, and that only their owners change what they own."""

from __future__ import annotations

import ast
import itertools
from pathlib import Path

import pytest

from nnstudio.engine.states import ALLOWED, State, may_follow
from nnstudio.session.run import Run

SESSION = Path(__file__).resolve().parents[2] / "nnstudio" / "session"
WAYS = {
    ("idle", "starting"),
    ("idle", "waiting"),
    ("waiting", "running"),
    ("waiting", "finished"),
    ("waiting", "failed"),
    ("waiting", "stopped"),
    ("starting", "running"),
    ("starting", "finished"),
    ("starting", "failed"),
    ("starting", "stopped"),
    ("running", "running"),
    ("running", "paused"),
    ("running", "finished"),
    ("running", "failed"),
    ("running", "stopped"),
    ("paused", "paused"),
    ("paused", "running"),
    ("paused", "finished"),
    ("paused", "failed"),
    ("paused", "stopped"),
    ("finished", "starting"),
    ("failed", "starting"),
    ("stopped", "starting"),
}


def test_the_table_is_whole() -> None:
    assert set(ALLOWED) == set(State)
    for before, after in itertools.product(State, State):
        assert may_follow(before, after) == ((before, after) in WAYS or after is State.IDLE), (before, after)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(State, State)))
def test_a_run_takes_no_other_way(before: State, after: State) -> None:
    run, told = Run(), []
    run.changed.add(lambda: told.append(run.state))
    run.state = before
    if may_follow(before, after):
        run.change_state(after)
        assert run.state is after and told == [after]
    else:
        with pytest.raises(ValueError, match=f"is {before} does not become {after}"):
            run.change_state(after)
        assert run.state is before and not told


def test_what_states_mean() -> None:
    assert {state for state in State if state.live} == {"starting", "running", "paused"}
    assert {state for state in State if state.over} == {"finished", "failed", "stopped"}


def test_no_module_writes_the_attribute_of_another() -> None:
    """Whoever has something to tell calls a method: attributes are set by their own object alone."""
    for path in SESSION.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            targets = (
                node.targets
                if isinstance(node, ast.Assign | ast.Delete)
                else [node.target]
                if isinstance(node, ast.AugAssign | ast.AnnAssign)
                else []
            )
            for target in itertools.chain.from_iterable(ast.walk(one) for one in targets):
                if isinstance(target, ast.Attribute) and isinstance(target.ctx, ast.Store | ast.Del):
                    assert isinstance(target.value, ast.Name) and target.value.id == "self", (
                        f"{path.name}:{node.lineno} {ast.unparse(target)}"
                    )
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setattr":
                raise AssertionError(f"{path.name}:{node.lineno} sets an attribute by name")
            if (
                isinstance(node, ast.Attribute)
                and node.attr.startswith("_")
                and not node.attr.startswith("__")
                and not (isinstance(node.value, ast.Name) and node.value.id in ("self", "cls"))
            ):
                raise AssertionError(f"{path.name}:{node.lineno} reaches into {ast.unparse(node)}")


def test_no_part_of_a_session_knows_the_session() -> None:
    for path in SESSION.rglob("*.py"):
        if path.name not in ("session.py",):
            assert "nnstudio.session.session" not in path.read_text(encoding="utf-8"), path.name
