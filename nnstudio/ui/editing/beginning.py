"""What was placed by hand fits the rest: as many outputs as there are classes, epochs that suffice, rows held out where
there are enough. Each is an edit of its own, said over the canvas, and undone like any other.
"""

from __future__ import annotations

import math

from nnstudio.catalog.registry import node_kinds
from nnstudio.catalog.tables import table_of
from nnstudio.catalog.training import TRAINING_FIELDS
from nnstudio.document.edits import Edit, SetParam, SetTraining, Together
from nnstudio.document.errors import StudioError
from nnstudio.document.text import message
from nnstudio.document.values import Choice, Node
from nnstudio.session.meaning import Meaning
from nnstudio.session.project import Project
from nnstudio.ui.desk import Says, Stage
from nnstudio.ui.kit.texts import tr

# With fewer rows none is held out: the network could not learn what is missing. So many updates teach a small network
# something.
FEW_ROWS, UPDATES = 20, 300
WIDTHS = ("loss.width.what", "loss.width_values.what")


class Beginning:
    """Looks after the nodes that were placed in one window; ``fresh`` are those that nothing was done with yet."""

    def __init__(self, stage: Stage, project: Project, meaning: Meaning, says: Says, fresh: set[str]) -> None:
        self._stage, self._project, self._meaning, self._says, self.fresh = stage, project, meaning, says, fresh
        self._history = project.history
        # What share of the rows was held out of which data.
        self._held: dict[str, float] = {}

    def compiled(self) -> None:
        """The network was worked out: what is fresh and does not fit is made to fit, once."""
        if self._project.history is not self._history:
            # Another project: its nodes may be namesakes, and are as somebody wanted them.
            self._history = self._project.history
            self.fresh.clear()
            self._held.clear()
        if self._stage.path or not self.fresh:
            return
        nodes = self._stage.document.by_id
        self.fresh.intersection_update(nodes)
        for name in sorted(self.fresh):
            kind = node_kinds().get(nodes[name].kind)
            role = kind.role if kind is not None else ""
            act = {"loss": self._widen, "data": self._hold_out, "optimizer": self._suffice}.get(role)
            if act is None:
                self.fresh.discard(name)
            elif act(nodes[name]):
                # The next one has its turn when this edit was worked out.
                return

    def _widen(self, loss: Node) -> bool:
        """The last layer answers for every class, without an activation of its own."""
        lowered = self._meaning.lowered
        if lowered is None or loss.id not in lowered.flat.by_id:
            return False
        found = next((p for p in lowered.problems if p.node == loss.id and p.what.key in WIDTHS), None)
        if found is None and lowered.problems:
            # Something else is to be mended first: it waits.
            return False
        self.fresh.discard(loss.id)
        mend = found.mend if found is not None else None
        wider = mend.edits[0] if isinstance(mend, Together) else mend
        if not isinstance(wider, SetParam):
            return False
        last = self._stage.document.by_id[wider.node]
        kind = node_kinds().get(last.kind)
        field = next((f for f in kind.fields if f.name == "activation"), None) if kind is not None else None
        edits: list[Edit] = [wider]
        if field is not None and last.params.get("activation") != field.default:
            edits.append(SetParam(last.id, ("activation",), field.default))
        if self._stage.propose(Together(tuple(edits), message("edit.fits"))):
            self._says.say(tr("The last layer has {count} outputs now, as the data wants.", count=wider.value))
            return True
        return False

    def _rows(self, node: Node) -> int | None:
        choice = node.params.get("dataset")
        try:
            return len(table_of(choice).x) if isinstance(choice, Choice) else None
        except (StudioError, OSError, ValueError):
            return None

    def _hold_out(self, data: Node) -> bool:
        """Of a handful of rows none is held out; of more as many as usual."""
        rows, kind = self._rows(data), node_kinds()[data.kind]
        usual = next(field.default for field in kind.fields if field.name == "validation")
        share = data.params.get("validation")
        if rows is None or share not in (0.0, usual):
            self.fresh.discard(data.id)
            return False
        wanted = 0.0 if rows < FEW_ROWS else usual
        if share == wanted or self._held.get(data.id) == wanted:
            # Who takes it back wants it so.
            return False
        self._held[data.id] = wanted
        if not self._stage.propose(SetParam(data.id, ("validation",), wanted)):
            return False
        self._says.say(
            tr("All {rows} rows are learnt: too few to hold some out.", rows=rows)
            if not wanted
            else tr("{share} % of the rows are held out for validation.", share=round(100 * wanted))
        )
        return True

    def _suffice(self, optimizer: Node) -> bool:
        """Epochs are as many as small data needs."""
        document = self._stage.document
        sources = [n for n in document.nodes if (k := node_kinds().get(n.kind)) is not None and k.role == "data"]
        rows = self._rows(sources[0]) if len(sources) == 1 else None
        if rows is None:
            return False
        self.fresh.discard(optimizer.id)
        if "epochs" in document.training:
            return False
        usual = {field.name: field.default for field in TRAINING_FIELDS}
        batches = math.ceil(rows / int(document.training.get("batch_size", usual["batch_size"])))
        epochs = math.ceil(UPDATES / batches / 10) * 10
        if epochs <= usual["epochs"] or not self._stage.propose_whole(SetTraining(("epochs",), epochs)):
            return False
        self._says.say(tr("{epochs} epochs: so little data has to be gone through that often.", epochs=epochs))
        return True
