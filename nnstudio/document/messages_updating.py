"""Sentences about layers and who updates their weights, in both languages, by key."""

from __future__ import annotations

from nnstudio.document.text import Text

UPDATING: dict[str, Text] = {
    "loss.scaled.what": Text("{loss} takes targets from {low} to {high}, and scaled targets leave them.", "{loss} 的目标须在 {low} 到 {high} 之间，而缩放后的目标会超出。"),
    "loss.scaled.why": Text("Beyond that its formula has no meaning.", "超出此范围其公式没有意义。"),
    "loss.scaled.remedy": Text("Switch the target scaling of the Data node off.", "请关闭数据节点的目标缩放。"),
    "data.unscaled_target.what": Text("The target {name} goes from {least} to {most}, and is not scaled.", "目标 {name} 的范围是 {least} 到 {most}，且未缩放。"),
    "data.unscaled_target.why": Text("A network starts with answers near 0. Errors this large make gradients this large, and the first steps throw the weights away.",
                                     "网络最初的回答接近 0。这样大的误差带来同样大的梯度，最初几步就会把权重推得很远。"),
    "data.unscaled_target.remedy": Text("Set the target scaling of the Data node to standard: answers and measures stay in the units of your data.",
                                        "请把数据节点的目标缩放设为标准化：回答和指标仍使用数据原来的单位。"),
    "layers.linear.what": Text("Nothing bends between {first} and {second}.", "{first} 与 {second} 之间没有非线性。"),
    "layers.linear.why": Text("Two linear layers one after the other are one linear layer: together they can draw no more than a straight line.", "两个相连的线性层等于一个线性层：合起来也只能画出直线。"),
    "layers.linear.remedy": Text("Give the first one an activation such as ReLU, unless a narrow linear layer is what you want.", "请给前一层加上 ReLU 等激活函数，除非您就是想要一个窄的线性层。"),
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
