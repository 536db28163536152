"""The shape of a project file, checked strictly. Apart from reading, because its library takes a while to import."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from nnstudio.document.edits import MAX_NODES
from nnstudio.document.steps import MOST_BESIDE, MOST_FIGURES, MOST_STEPS, STEPS

Name = Annotated[str, Field(max_length=200)]
Id = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
Coordinate = Annotated[float, Field(ge=-1e7, le=1e7, allow_inf_nan=False)]


class Strict(BaseModel):
    """What every part of a file obeys: exact types and no unknown names."""

    model_config = ConfigDict(strict=True, extra="forbid", allow_inf_nan=False)


class WireModel(Strict):
    """A wire."""

    source: Id
    source_port: Name
    target: Id
    target_port: Name


Words = (
    Annotated[str, Field(max_length=10_000)]
    | Annotated[
        dict[Annotated[str, Field(max_length=20)], Annotated[str, Field(max_length=10_000)]], Field(max_length=40)
    ]
)
Names = Annotated[list[Name], Field(max_length=60)]


class FigureModel(Strict):
    """A figure that a lesson expects."""

    at: Name
    expected: float
    tol: Annotated[float, Field(ge=0)] | None = None
    label: Words | None = None


Row = Annotated[list[float], Field(max_length=400)]


class PictureModel(Strict):
    """What stands on a lesson's card in the gallery: numbers that came out of it, drawn by the program."""

    kind: Annotated[str, Field(max_length=20)]
    of: Name | None = None
    until: Annotated[int, Field(ge=0, le=60)] | None = None
    rows: Annotated[list[Row], Field(max_length=64)] | None = None
    points: Annotated[list[Annotated[Row, Field(max_length=3)]], Field(max_length=400)] | None = None
    edges: Annotated[list[Annotated[list[int], Field(max_length=2)]], Field(max_length=1000)] | None = None


class BesideModel(Strict):
    """A network beside the student's own."""

    name: Words | None = None
    changes: Annotated[list[Annotated[str, Field(max_length=2000)]], Field(max_length=200)] = []


class StepModel(Strict):
    """A step of a lesson; what a check takes is checked where it is used."""

    say: Words | None = None
    ask: Words | None = None
    point: Name | Names | None = None
    open: Name | Names | None = None
    check: dict[str, Any] | None = None
    figures: Annotated[list[FigureModel], Field(max_length=MOST_FIGURES)] | None = None
    hint: Words | None = None
    because: Words | None = None
    solve: Annotated[list[Annotated[str, Field(max_length=2000)]], Field(max_length=200)] | None = None
    beside: Annotated[list[BesideModel], Field(max_length=MOST_BESIDE)] | None = None


class StepsModel(Strict):
    """What a lesson is since version 3. What it was before was read as it came, and is."""

    model_config = ConfigDict(strict=True, extra="ignore", allow_inf_nan=False)

    id: Annotated[str, Field(max_length=40, pattern=r"^[A-Za-z0-9_-]*$")] | None = None
    chapter: Annotated[str, Field(max_length=100)] | None = None
    minutes: Annotated[int, Field(ge=0, le=10_000)] | None = None
    needs: Names | None = None
    title: Words | None = None
    about: Words | None = None
    picture: PictureModel | None = None
    steps: Annotated[list[StepModel], Field(max_length=MOST_STEPS)]


def _lesson(found: dict[str, Any]) -> dict[str, Any]:
    if STEPS in found:
        StepsModel.model_validate(found)
    return found


class NodeModel(Strict):
    """A node; a group's has the network inside."""

    id: Id
    kind: Annotated[str, Field(min_length=1, max_length=100)]
    name: Name = ""
    params: dict[str, Any] = {}
    position: Annotated[list[Coordinate], Field(min_length=2, max_length=2)] = [0.0, 0.0]
    notes: Annotated[str, Field(max_length=100_000)] = ""
    body: DocumentModel | None = None


class DocumentModel(Strict):
    """A network."""

    name: Name = ""
    nodes: Annotated[list[NodeModel], Field(max_length=MAX_NODES)] = []
    wires: Annotated[list[WireModel], Field(max_length=20 * MAX_NODES)] = []
    training: dict[str, Any] = {}
    notes: Annotated[str, Field(max_length=1_000_000)] = ""
    lesson: Annotated[dict[str, Any], AfterValidator(_lesson)] = {}


class FileModel(Strict):
    """The whole file."""

    format: str
    version: int
    document: DocumentModel
    run: dict[str, Any] | None = None
    view: dict[str, Any] | None = None
    progress: dict[str, Any] | None = None


NodeModel.model_rebuild()
