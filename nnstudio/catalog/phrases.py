"""Rules that are sentences, in the second language: formulas need none."""

from __future__ import annotations

PHRASES = {
    "0 for sine, π/2 for cosine": "正弦为 0，余弦为 π/2",
    "1 everywhere": "处处为 1",
    "1 up to the present": "到当前为止为 1",
    "1, 2, 3, … along time": "沿时间 1, 2, 3, …",
    "A = softmax(S), row by row": "A = softmax(S)，逐行",
    "S, −10⁹ for what lies ahead": "S，之后的位置为 −10⁹",
    "a part of the result": "结果的一部分",
    "and the node itself": "以及节点自身",
    "as a column": "作为一列",
    "chain rule": "链式法则",
    "degree = neighbours + itself": "度 = 邻居数 + 自身",
    "each row times 1/√degree": "每行乘以 1/√度",
    "every node hears itself": "每个节点也听到自己",
    "for every head": "对每个头",
    "leaky ReLU": "带泄漏的 ReLU",
    "no gradient": "没有梯度",
    "number of neighbours": "邻居数",
    "pairs without an edge": "没有边的节点对",
    "s = a · h, for each head": "s = a · h，对每个头",
    "sum over the neighbours: A x": "对邻居求和：A x",
    "the same numbers, axes put otherwise": "数不变，只是轴的次序不同",
    "what lies ahead": "之后的位置",
    "x̂ = (x − mean) / √(var + ε) over a group of channels;  y = γ x̂ + β": "x̂ = (x − mean) / √(var + ε)，对一组通道；y = γ x̂ + β",
    "x̂ = (x − mean) / √(var + ε) over one channel of one image;  y = γ x̂ + β": "x̂ = (x − mean) / √(var + ε)，对一幅图的一个通道；y = γ x̂ + β",
    "x̂ = (x − mean) / √(var + ε) over the features of one sample;  y = γ x̂ + β": "x̂ = (x − mean) / √(var + ε)，对一个样本的特征；y = γ x̂ + β",
    "y = max over each patch": "y = 每个窗口的最大值",
    "y = mean over each patch": "y = 每个窗口的均值",
    "y = row of W with the token's number": "y = W 中序号为该词元的一行",
    "y = x, axes in another order": "y = x，轴的次序不同",
    "y = x, enlarged": "y = x，放大",
    "y = x, in another shape": "y = x，形状不同",
    "y = x, laid out in a row": "y = x，排成一行",
    "y = γ (x − mean) / √(var + ε) + β, step by step": "y = γ (x − mean) / √(var + ε) + β，逐步",
    "yᵢ = Σⱼ αᵢⱼ hⱼ, head by head": "yᵢ = Σⱼ αᵢⱼ hⱼ，逐头",
    "z, as a fixed number": "z，作为固定的数",
    "z[k, i·s + u, j·s + v] += W[c, k, u, v]·x[c, i, j], then + b[k]": "z[k, i·s + u, j·s + v] += W[c, k, u, v]·x[c, i, j]，再 + b[k]",
    "αᵢⱼ = softmax over the neighbours j": "αᵢⱼ = 对邻居 j 的 softmax",
    "φ = ωᵢ t + phase": "φ = ωᵢ t + 相位",
    "∂E/∂ each = sum of ∂E/∂e over the other": "各自的梯度 = ∂E/∂e 对另一方求和",
    "∂E/∂S = ∂E/∂masked, 0 ahead": "∂E/∂S = ∂E/∂masked，之后为 0",
    "∂E/∂W[token] = Σ ∂E/∂y where it occurs; 0 for all other rows": "∂E/∂W[词元] = 其出现处 ∂E/∂y 之和；其他行为 0",
    "∂E/∂s = ∂E/∂masked, 0 without an edge": "∂E/∂s = ∂E/∂masked，无边处为 0",
    "∂E/∂x = sum of ∂E/∂y over its copies": "∂E/∂x = 其各副本的 ∂E/∂y 之和",
    "∂E/∂x = δ spread back through W": "∂E/∂x = δ 经 W 传回",
    "∂E/∂x = ∂E/∂y + what comes back through F": "∂E/∂x = ∂E/∂y + 经 F 传回的部分",
    "∂E/∂x = ∂E/∂y / size of the patch": "∂E/∂x = ∂E/∂y / 窗口大小",
    "∂E/∂x = ∂E/∂y / √degree": "∂E/∂x = ∂E/∂y / √度",
    "∂E/∂x = ∂E/∂y at the winner, else 0": "∂E/∂x：胜出处为 ∂E/∂y，其余为 0",
    "∂E/∂x = ∂E/∂y for both": "两者都有 ∂E/∂x = ∂E/∂y",
    "∂E/∂x = ∂E/∂y in that column": "该列中 ∂E/∂x = ∂E/∂y",
    "∂E/∂x = ∂E/∂y, axes put back": "∂E/∂x = ∂E/∂y，轴还原",
    "∂E/∂x = ∂E/∂y, folded back": "∂E/∂x = ∂E/∂y，折回原形状",
    "∂E/∂xᵢ = its part of ∂E/∂y": "∂E/∂xᵢ = ∂E/∂y 中属于它的部分",
    "∂E/∂z = ∂E/∂y in that part": "该部分中 ∂E/∂z = ∂E/∂y",
    "−10⁹ where there is no edge": "无边处为 −10⁹",
}
# Single words inside formulas.
WORDS = ((" where ", " 当 "), (", else ", "，否则 "), ("column ", "第 "), (" holds ", " 含 "), ("1/√degree", "1/√度"))


def phrase(rule: str, language: str) -> str:
    """Return a rule in a language: as it is in English, its sentence or its words in Chinese."""
    if language != "zh":
        return rule
    found = PHRASES.get(rule)
    if found is None:
        found = rule
        for english, chinese in WORDS:
            found = found.replace(english, chinese)
    return found
