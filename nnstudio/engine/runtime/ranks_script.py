"""The main part of a script for several processes, which torchrun starts."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

from nnstudio.engine.runtime.data import Part, Streamed
from nnstudio.engine.runtime.device import prepare_thread
from nnstudio.engine.runtime.ranks import Ranked, Ranks, joined, norms_of, shared_out, unused_somewhere, whole
from nnstudio.engine.runtime.ranks_state import Checkpoints
from nnstudio.engine.runtime.script import Script
from nnstudio.engine.runtime.sparing import Sparing
from nnstudio.engine.runtime.training import Diverged, Epoch, Progress, Update, epoch_line, epoch_record, report, train

# Seconds between two lines of updates: who watches sees it move, and the file stays short.
LINE_SECONDS = 0.05


def options(script: Script, parts: int = 1, half: str = "") -> argparse.ArgumentParser:
    """What can be said behind the script's name. None of these is the beginning of an option of torchrun's."""
    parser = argparse.ArgumentParser(description="Train the exported network in several processes, under torchrun.")
    parser.add_argument("--epochs", type=int, default=script.epochs)
    parser.add_argument("--seed", type=int, default=script.seed, help="start weights, order, dropout")
    parser.add_argument("--out", type=Path, default=Path("run"), help="history, checkpoints, weights; on a shared disk")
    parser.add_argument("--every", type=int, default=500, help="updates from one checkpoint to the next; 0: none")
    parser.add_argument("--fresh", action="store_true", help="begin anew, whatever lies in the folder")
    parser.add_argument("--shard", action="store_true", help="a part of every weight on each process (FSDP2)")
    parser.add_argument("--half", choices=("", "bfloat16", "float16"), default=half, help="mixed precision")
    parser.add_argument("--accumulate", type=int, default=parts, help="parts of a batch, one after the other")
    parser.add_argument("--threads", type=int, default=0, help="processor cores of each process")
    parser.add_argument("--tensorboard", action="store_true", help="write what TensorBoard shows as well")
    parser.add_argument("--test", action="store_true", help="measure the test part at the end: once, and last of all")
    parser.add_argument("--json", action="store_true", help="print the result as one JSON object")
    parser.add_argument("--cpu", action="store_true", help="leave GPUs alone")
    return parser


class Log:
    """What the first process writes down while it trains: a line of JSON for some updates, and for every epoch."""

    def __init__(self, folder: Path, history: list[dict[str, Any]], more: bool, fitted: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if fitted.is_file():
            # What the data is prepared with goes with the weights.
            shutil.copyfile(fitted, folder / fitted.name)
        self._board: Any = None
        if more:
            try:
                from torch.utils.tensorboard import SummaryWriter
            except ImportError:
                sys.exit("--tensorboard needs the tensorboard library: pip install tensorboard")
            self._board = SummaryWriter(str(folder / "tensorboard"))  # type: ignore[no-untyped-call]
        self.path = folder / "history.jsonl"
        known = history[-1]["updates"] if history else 0
        lines = [line for line in self._before() if line.get("updates", 0) <= known] if history else []
        self._file = self.path.open("w", encoding="utf-8", newline="\n")
        for line in lines:
            self.write(line)
        self._last = 0.0

    def _before(self) -> list[dict[str, Any]]:
        try:
            text = self.path.read_text(encoding="utf-8")
        except OSError:
            return []
        found = []
        for line in text.splitlines():
            try:
                found.append(json.loads(line))
            except ValueError:
                # Half a line, of a process that was lost while it wrote.
                break
        return found

    def write(self, line: dict[str, Any]) -> None:
        """Add a line, so that who reads the file has it at once."""
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def update(self, updates: int, event: Update) -> None:
        """Note the loss of a batch, now and then."""
        now = time.monotonic()
        if now - self._last >= LINE_SECONDS:
            self._last = now
            self.write({"epoch": event.epoch, "updates": updates, "loss": float(event.loss)})

    def epoch(self, record: dict[str, Any]) -> None:
        """Note an epoch."""
        self.write(record)
        for name, value in record.items() if self._board is not None else ():
            if name not in ("epoch", "updates") and value is not None:
                self._board.add_scalar(name, value, record["epoch"])

    def close(self) -> None:
        """No more is written."""
        self._file.close()
        if self._board is not None:
            self._board.close()


def ranks_here(cpu: bool, dtype: torch.dtype) -> tuple[Ranks, str]:
    """Which of the processes this is, and by what they talk: GPUs where each process has one, else processors."""
    rank, world = int(os.environ.get("RANK", "0")), int(os.environ.get("WORLD_SIZE", "1"))
    local, beside = int(os.environ.get("LOCAL_RANK", "0")), int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    gpus = torch.cuda.device_count() if torch.cuda.is_available() and not cpu else 0
    if gpus >= beside:
        torch.cuda.set_device(local)
        return Ranks(world, rank, torch.device("cuda", local)), "nccl"
    if gpus and not rank:
        print(
            f"{beside} processes and {gpus} GPUs: each needs one of its own, so this runs on the CPU", file=sys.stderr
        )
    return Ranks(world, rank, torch.device("cpu")), "gloo"


def main_ranked(script: Script, parts: int = 1, half: str = "", arguments: Sequence[str] | None = None) -> None:
    """Train under torchrun, or go on where the last checkpoint of the folder was; the process ends with it. ``parts``
    and ``half`` are what the network was drawn with.
    """
    args = options(script, parts, half).parse_args(arguments)
    os.environ.setdefault("MASTER_ADDR", "127.0.0.1")
    os.environ.setdefault("MASTER_PORT", "0")
    ranks, backend = ranks_here(args.cpu, script.dtype)
    prepare_thread(args.threads or torch.get_num_threads())
    try:
        with joined(backend, ranks.rank, ranks.world):
            _train(script, args, ranks)
    except Diverged as problem:
        sys.exit(f"Training stopped: {problem}. Try a smaller learning rate.")
    # All is written. Threads by which processes talk, and which are still there while Python ends, bring it down now
    # and then ("terminate called without an active exception"), and torchrun would begin again what is done.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)


def _train(script: Script, args: argparse.Namespace, ranks: Ranks) -> None:
    device, first = ranks.device, not ranks.rank
    if script.couples_samples and args.accumulate > 1:
        sys.exit("Batch norm needs a batch whole: leave --accumulate out.")
    data, validation = script.load_data(device)
    bare = script.make_model(args.seed, device)
    if script.couples_samples and ranks.world > 1 and not norms_of(bare):
        sys.exit(
            "A layer of your own mixes the rows of a batch: in several processes it would know its own rows alone."
        )
    unused = unused_somewhere(bare, script.criterion, data)
    model = Ranked(bare, ranks, args.seed, shared=len(data.shared), sharded=args.shard, unused=unused)

    def shared(part: Part) -> Part:
        # Parts of a batch that go through the network one after the other are cut out of all its rows.
        return shared_out(part, ranks, model.told) if args.accumulate == 1 else part

    data, validation = shared(data), shared(validation)
    optimizer = script.make_optimizer(bare)
    for group in optimizer.param_groups if args.shard else ():
        # Not every fused rule knows weights that are shared out.
        if group.get("fused"):
            group["fused"] = False
    schedule = script.make_schedule(optimizer, max(1, args.epochs - script.warmup))
    step = Sparing(args.accumulate, args.half, False, device)
    kept = Checkpoints(args.out / "checkpoints", ranks, model, optimizer, schedule, step.scaler)
    if args.fresh and os.environ.get("TORCHELASTIC_RESTART_COUNT", "0") == "0":
        # Not where torchrun has begun again by itself, after a process was lost.
        kept.clear()
    progress = Progress([group["lr"] for group in optimizer.param_groups])
    history: list[dict[str, Any]] = []
    place = kept.last()
    if place is not None:
        progress, history = kept.load(place)
        if first:
            print(f"goes on at update {progress.updates}, in epoch {progress.epoch}", file=sys.stderr)
    log = Log(args.out, history, args.tensorboard, script.weights.with_name("fitted.json")) if first else None
    began, samples, restored, saved = time.perf_counter(), 0, None, progress.updates
    for event in train(
        model,
        script.criterion,
        optimizer,
        schedule,
        data,
        validation,
        epochs=args.epochs,
        batch_size=script.batch_size,
        seed=args.seed,
        shuffle=script.shuffle,
        limits=script.limits,
        couples_samples=script.couples_samples,
        warmup=script.warmup,
        patience=script.patience,
        progress=progress,
        step=step,
    ):
        if isinstance(event, Update):
            samples += event.samples
            if log is not None:
                log.update(progress.updates, event)
            if args.every and progress.updates - saved >= args.every:
                saved = progress.updates
                kept.save(progress, history)
                _weights(model, args.out, first)
        elif isinstance(event, Epoch):
            history.append({**epoch_record(event), "updates": event.updates})
            if log is not None:
                log.epoch(history[-1])
                print(epoch_line(event, args.epochs), file=sys.stderr if args.json else sys.stdout)
        else:
            restored = event.epoch
    seconds = time.perf_counter() - began
    if args.every and restored is None and progress.updates > saved:
        kept.save(progress, history)
    if args.test:
        validation = shared(script.load_data(device, "test")[1])
    result = report(model, script.criterion, data, validation, history, progress.updates, samples, seconds, restored)
    result |= {"world": ranks.world, "waited": _waited(data, seconds)}
    _weights(model, args.out, first)
    if log is not None:
        _tell(result, log, args.test, args.json)


def _tell(result: dict[str, Any], log: Log, test: bool, as_json: bool) -> None:
    """Write down and print how a run has ended."""
    if test:
        result["metrics"]["test"] = result["metrics"].pop("validation")
        result["final"] = {name.replace("val_", "test_"): value for name, value in result["final"].items()}
    log.write({"end": "finished", "updates": result["updates"], "result": {**result, "history": []}})
    log.close()
    if as_json:
        print(json.dumps(result))
        return
    said = "  ".join(f"{name} {value:.6g}" for name, value in result["final"].items() if value is not None)
    print(f"final  {said}")
    if result["waited"] is not None:
        print(f"{100 * result['waited']:.0f} % of the time was waited for data")


def _weights(model: Ranked, folder: Path, first: bool) -> None:
    """Write the weights, whole and under their usual names; every process has to come here."""
    tensors = {name: whole(tensor).contiguous() for name, tensor in model.state_dict().items()}
    if first:
        part = folder / "weights.safetensors.part"
        save_file(tensors, part)
        part.replace(folder / "weights.safetensors")


def _waited(part: Any, seconds: float) -> float | None:
    """The share of the time that this process waited for samples from a file; None where they lie in memory."""
    waited = [t.waited for t in part.inputs if isinstance(t, Streamed)]
    return min(1.0, max(waited) / seconds) if waited and seconds > 0 else None
