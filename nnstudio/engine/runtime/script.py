"""The main part of an exported script: train from the start weights, or measure the saved ones, and report."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file

from nnstudio.engine.runtime.data import Part
from nnstudio.engine.runtime.device import choose_device, most_cores, prepare_thread, quicker_threads
from nnstudio.engine.runtime.metrics import evaluate
from nnstudio.engine.runtime.training import (
    Diverged,
    Limits,
    Restored,
    Update,
    epoch_line,
    epoch_record,
    report,
    train,
    trial,
    update,
)


@dataclass(frozen=True)
class Script:
    """What a script is about: its network, its data, and how it trains."""

    load_data: Callable[..., tuple[Part, Part]]
    make_model: Callable[[int, torch.device], torch.nn.Module]
    criterion: Callable[..., Any]
    make_optimizer: Callable[[torch.nn.Module], Any]
    make_schedule: Callable[[Any, int], Any]
    weights: Path
    epochs: int
    batch_size: int
    shuffle: bool
    seed: int
    device: str
    limits: Limits
    warmup: int
    patience: int
    couples_samples: bool
    threads: int | None
    dtype: torch.dtype
    # What makes what makes updates, and what measures; some do so on the CPU alone.
    step: Callable[[torch.device], Callable[..., Any]] = lambda device: update
    judge: Callable[[torch.device], Callable[..., Any]] = lambda device: evaluate


def main(script: Script, arguments: Sequence[str] | None = None) -> None:
    """Train the network from its start weights, or measure the saved ones."""
    parser = argparse.ArgumentParser(description="Train the network that was exported to this script.")
    parser.add_argument("--epochs", type=int, default=script.epochs)
    parser.add_argument("--seed", type=int, default=script.seed, help="start weights, shuffling and dropout")
    parser.add_argument("--device", default=script.device, help="auto, cpu, cuda, cuda:1 and so on, or mps")
    parser.add_argument("--threads", type=int, default=script.threads, help="processor cores; else it is measured")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of text")
    parser.add_argument("--evaluate", action="store_true", help=f"measure {script.weights.name} instead of training")
    parser.add_argument("--test", action="store_true", help="measure the test part at the end: once, and last of all")
    parser.add_argument("--save", type=Path, help="write the trained weights to this .safetensors file")
    args = parser.parse_args(arguments)

    device = choose_device(args.device, script.dtype)
    if device.type == "cpu" and args.device not in ("auto", "cpu"):
        print(f"{args.device} cannot be had here, so this runs on the CPU", file=sys.stderr)
    prepare_thread(args.threads or 1)
    data, validation = script.load_data(device)
    model = script.make_model(args.seed, device)
    history: list[dict[str, Any]] = []
    updates, samples, restored = 0, 0, None
    started = time.perf_counter()
    if args.evaluate:
        model.load_state_dict(load_file(script.weights))
    else:
        if not args.threads and device.type == "cpu":
            one = trial(model, script.criterion, script.make_optimizer, data, script.batch_size, script.limits)
            prepare_thread(quicker_threads(one, most_cores()))
        optimizer = script.make_optimizer(model)
        training = train(
            model,
            script.criterion,
            optimizer,
            script.make_schedule(optimizer, max(1, args.epochs - script.warmup)),
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
            step=script.step(device),
            judge=script.judge(device),
        )
        try:
            for event in training:
                if isinstance(event, Update):
                    updates, samples = updates + 1, samples + event.samples
                elif isinstance(event, Restored):
                    restored = event.epoch
                    print(f"the weights of epoch {event.epoch} are back: they were the best", file=sys.stderr)
                else:
                    history.append(epoch_record(event))
                    print(epoch_line(event, args.epochs), file=sys.stderr if args.json else sys.stdout)
        except Diverged as problem:
            sys.exit(f"Training stopped: {problem}. Try a smaller learning rate.")
    seconds = time.perf_counter() - started
    if args.test:
        validation = script.load_data(device, "test")[1]
    result = report(model, script.criterion, data, validation, history, updates, samples, seconds, restored)
    if args.save:
        save_file({name: tensor.contiguous().cpu() for name, tensor in model.state_dict().items()}, args.save)
    if args.test:
        result["metrics"]["test"] = result["metrics"].pop("validation")
        result["final"] = {name.replace("val_", "test_"): value for name, value in result["final"].items()}
    if args.json:
        print(json.dumps(result))
    else:
        print(
            "final  " + "  ".join(f"{name} {value:.6g}" for name, value in result["final"].items() if value is not None)
        )
