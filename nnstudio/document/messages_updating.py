"""Sentences about who updates which weights, in both languages, by key."""

from __future__ import annotations

from nnstudio.document.text import Text

UPDATING: dict[str, Text] = {
    "optimizer.many.what": Text("Two Optimizer nodes look after the same layers.", "两个优化器节点负责相同的层。"),
    "optimizer.many.why": Text("Neither names its layers, and each weight is changed by one rule.", "两者都没有指定层，而每个权重只由一个规则更新。"),
    "optimizer.many.remedy": Text("Let one of them name the layers it serves, or delete it.", "让其中一个指定它负责的层，或删除它。"),
    "optimizer.nobody.what": Text("It is to serve {name}, and no layer with weights is called so.", "它应负责 {name}，但没有带权重的层叫这个名字。"),
    "optimizer.nobody.why": Text("The layer was deleted, or has no weights.", "该层已被删除，或没有权重。"),
    "optimizer.nobody.remedy": Text("Choose its layers anew.", "请重新选择它负责的层。"),
    "optimizer.overlap.what": Text("{layer} is served by {first} and by {second}.", "{layer} 同时由 {first} 和 {second} 负责。"),
    "optimizer.overlap.why": Text("Each weight is changed by one rule.", "每个权重只由一个规则更新。"),
    "optimizer.overlap.remedy": Text("Take it out of one of them.", "请从其中一个去掉它。"),
    "optimizer.whole.what": Text("Its clipping, L1 penalty and warm-up are not used.", "它的梯度裁剪、L1 惩罚和预热不起作用。"),
    "optimizer.whole.why": Text("All optimizers make one update together; what holds for the whole update is set in {main}.", "所有优化器共同完成一次更新；对整个更新有效的设置在 {main} 中。"),
    "optimizer.whole.remedy": Text("Set it there.", "请在那里设置。"),
    "optimizer.own_wins.what": Text("It has an optimizer of its own and is also named by {name}.", "它有自己的优化器，同时又被 {name} 指定。"),
    "optimizer.own_wins.why": Text("Its own one counts.", "以它自己的为准。"),
    "optimizer.own_wins.remedy": Text("Take it out of one of them if that is not meant.", "若非本意，请去掉其中之一。"),
    "optimizer.unserved.what": Text("No optimizer serves this layer.", "没有优化器负责该层。"),
    "optimizer.unserved.why": Text("Every Optimizer node names other layers, so its weights stay as they are.", "每个优化器节点都指定了其他层，因此它的权重保持不变。"),
    "optimizer.unserved.remedy": Text("Let an Optimizer node name it, or give it an optimizer of its own.", "让某个优化器节点指定它，或给它自己的优化器。"),
}
