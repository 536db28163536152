"""What PyTorch's functions are called as modules, and what modules were made with."""

from __future__ import annotations

import operator
from typing import Any

import torch
from torch import nn

from nnstudio.session.imports.draft import choice_of

F = nn.functional
# What functions are called as modules are: their arguments in order.
FUNCTIONS: dict[Any, tuple[str, tuple[str, ...]]] = {
    F.relu: ("ReLU", ("inplace",)),
    torch.relu: ("ReLU", ()),
    F.relu6: ("ReLU6", ("inplace",)),
    F.leaky_relu: ("LeakyReLU", ("negative_slope", "inplace")),
    F.elu: ("ELU", ("alpha", "inplace")),
    F.celu: ("CELU", ("alpha", "inplace")),
    F.selu: ("SELU", ("inplace",)),
    torch.selu: ("SELU", ()),
    F.gelu: ("GELU", ("approximate",)),
    F.silu: ("SiLU", ("inplace",)),
    F.mish: ("Mish", ("inplace",)),
    F.softplus: ("Softplus", ("beta", "threshold")),
    F.hardswish: ("Hardswish", ("inplace",)),
    F.hardsigmoid: ("Hardsigmoid", ("inplace",)),
    F.hardtanh: ("Hardtanh", ("min_val", "max_val", "inplace")),
    F.adaptive_max_pool2d: ("AdaptiveMaxPool2d", ("output_size", "return_indices")),
    F.channel_shuffle: ("ChannelShuffle", ("groups",)),
    torch.sigmoid: ("Sigmoid", ()),
    F.sigmoid: ("Sigmoid", ()),
    torch.tanh: ("Tanh", ()),
    F.tanh: ("Tanh", ()),
    F.softmax: ("Softmax", ("dim", "_stacklevel", "dtype")),
    torch.softmax: ("Softmax", ("dim", "dtype")),
    F.log_softmax: ("LogSoftmax", ("dim", "_stacklevel", "dtype")),
    torch.log_softmax: ("LogSoftmax", ("dim", "dtype")),
    F.dropout: ("Dropout", ("p", "training", "inplace")),
    F.dropout2d: ("Dropout2d", ("p", "training", "inplace")),
    F.max_pool1d: ("MaxPool1d", ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")),
    F.max_pool2d: ("MaxPool2d", ("kernel_size", "stride", "padding", "dilation", "ceil_mode", "return_indices")),
    torch.max_pool2d: ("MaxPool2d", ("kernel_size", "stride", "padding", "dilation", "ceil_mode")),
    F.avg_pool1d: ("AvgPool1d", ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad")),
    F.avg_pool2d: ("AvgPool2d", ("kernel_size", "stride", "padding", "ceil_mode", "count_include_pad")),
    F.adaptive_avg_pool2d: ("AdaptiveAvgPool2d", ("output_size",)),
    F.interpolate: ("Upsample", ("size", "scale_factor", "mode", "align_corners")),
}
SUMS = {
    operator.add: torch.add,
    operator.iadd: torch.add,
    operator.sub: torch.sub,
    operator.isub: torch.sub,
    operator.mul: torch.mul,
    operator.imul: torch.mul,
    torch.add: torch.add,
    torch.sub: torch.sub,
    torch.mul: torch.mul,
}
# What changes the form of a sample and nothing else.
FORMS = {torch.flatten, torch.reshape, torch.squeeze, torch.unsqueeze, torch.unflatten, "view", "contiguous"}
PERMUTES = {torch.permute, torch.transpose, torch.swapaxes, torch.movedim}
PARTINGS = {torch.chunk, torch.split, torch.tensor_split}
# What changes no number.
NOTHING = {torch.clone, torch.detach, "to", "float", "contiguous"}


def function_called(target: Any) -> Any:
    """Return a function by what is called: methods of a tensor are functions too; the name where there is none."""
    if not isinstance(target, str):
        return target
    return getattr(torch, target.removesuffix("_"), target)


def name_of(target: Any) -> str:
    """What a function is called where it is told of."""
    return str(target if isinstance(target, str) else getattr(target, "__name__", target))


# Modules whose numbers have other names than their attributes, or none.
POOLS = {
    "MaxPool1d": "torch.nn.functional.max_pool1d",
    "MaxPool2d": "torch.nn.functional.max_pool2d",
    "AvgPool1d": "torch.nn.functional.avg_pool1d",
    "AvgPool2d": "torch.nn.functional.avg_pool2d",
    "AdaptiveAvgPool2d": "torch.nn.functional.adaptive_avg_pool2d",
    "AdaptiveMaxPool2d": "torch.nn.functional.adaptive_max_pool2d",
}
RECURRENT = (nn.RNN, nn.LSTM, nn.GRU)


def arguments_of(module: nn.Module) -> dict[str, Any]:
    """The arguments that a module was made with, as far as it keeps them."""
    kept = {
        key: value
        for key, value in vars(module).items()
        if not key.startswith("_") and isinstance(value, bool | int | float | str | tuple | list | type(None))
    }
    # A parameter, a switch, or None where there is none.
    bias = getattr(module, "bias", True)
    kept["bias"] = isinstance(bias, torch.Tensor) or bool(bias)
    if isinstance(module, nn.MultiheadAttention):
        kept["bias"] = module.in_proj_bias is not None
    elif isinstance(module, nn.TransformerEncoderLayer):
        kept.update(
            nhead=module.self_attn.num_heads,
            dim_feedforward=module.linear1.out_features,
            dropout=module.dropout.p,
            activation=function_of(module.activation),
            batch_first=module.self_attn.batch_first,
            bias=module.linear1.bias is not None,
        )
    return kept


def function_of(function: Any) -> Any:
    if isinstance(function, nn.Module):
        return choice_of(f"torch.nn.{type(function).__name__}", arguments_of(function))
    return choice_of(f"torch.nn.{FUNCTIONS[function][0]}", {}) if function in FUNCTIONS else choice_of("?", {})
