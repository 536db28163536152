"""Whether the samples can be parted as the Data node says."""

from __future__ import annotations

from nnstudio.catalog.registry import family
from nnstudio.catalog.tables import keys_of
from nnstudio.compile.context import Context
from nnstudio.document.edits import SetParam
from nnstudio.document.values import Node

# Splits that go by a column of the file; in order goes by one where there is one.
BY_COLUMN = ("grouped", "given")


def check_parting(context: Context, node: Node) -> None:
    """Note what keeps samples from being parted; the table is read."""
    params, table = context.params[node.id], context.table
    if table is None or not family("datasets")[params["dataset"].kind].splits:
        return
    split, folds = params["split"], params["folds"]
    if split in BY_COLUMN and keys_of(table, split) is None:
        context.problem(node.id, "split.no_column", mend=SetParam(node.id, ("split",), "stratified"))
    if folds and params["fold"] > folds:
        context.problem(
            node.id,
            "split.fold",
            folds=folds,
            fold=params["fold"],
            mend=SetParam(node.id, ("fold",), 1),
        )
    if params["validation"] * (not folds) + params["test"] >= 1.0:
        context.problem(node.id, "split.no_training", count=len(table.x), mend=SetParam(node.id, ("test",), 0.0))
