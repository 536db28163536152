"""The shape of a project file, checked strictly. Apart from reading, because its library takes a while to import."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from nnstudio.document.edits import MAX_NODES

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
    lesson: dict[str, Any] = {}


class FileModel(Strict):
    """The whole file."""

    format: str
    version: int
    document: DocumentModel
    run: dict[str, Any] | None = None
    view: dict[str, Any] | None = None


NodeModel.model_rebuild()
