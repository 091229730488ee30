"""Losses of distillation by PyTorch's own functions, in float64: value and
gradient of small batches, written to losses.json beside this file.

    python losses.py        (torch 2.13)

A row with a target costs (1 - alpha) * hard + alpha * soft, a row without one
soft alone; the batch costs their mean. With class weights the hard part is the
weighted mean over rows with a target, times their share of the batch.
"""

import json
import pathlib

import torch
import torch.nn.functional as F

torch.manual_seed(20)
torch.set_default_dtype(torch.float64)


def hinton(s, t, y, T, **_):
    """Hinton, Vinyals and Dean 2015, arXiv 1503.02531."""
    return T**2 * F.kl_div(F.log_softmax(s / T, 1), F.log_softmax(t / T, 1), log_target=True, reduction="none").sum(1)


def decoupled(s, t, y, T, beta, **_):
    """Zhao et al. 2022, arXiv 2203.08679, equation 7 and the authors' code; a row
    without a target has its teacher's class for one."""
    target = torch.where(y < 0, t.argmax(1), y)
    mask = F.one_hot(target, s.shape[1]).bool()
    p, q = F.softmax(t / T, 1), F.softmax(s / T, 1)
    both = lambda x: torch.stack([x[mask], (x * ~mask).sum(1)], 1)
    tckd = F.kl_div(both(q).log(), both(p), reduction="none").sum(1)
    others = lambda x: F.log_softmax((x / T)[~mask].reshape(len(x), -1), 1)
    nckd = F.kl_div(others(s), others(t), log_target=True, reduction="none").sum(1)
    return T**2 * (tckd + beta * nckd)


def logit_matching(s, t, y, **_):
    """Ba and Caruana 2014, arXiv 1312.6184, of centred logits."""
    centred = lambda x: x - x.mean(1, keepdim=True)
    return F.mse_loss(centred(s), centred(t), reduction="none").mean(1)


def mse(s, t, y, **_):
    return F.mse_loss(s, t, reduction="none").mean(1)


def teacher_bounded(s, t, y, margin, **_):
    """Chen et al. 2017, equation 5; a row without a target has its teacher's word."""
    y = torch.where(y.isnan(), t[:, 0], y)
    residual = (s[:, 0] - y) ** 2
    return torch.where(residual + margin > (t[:, 0] - y) ** 2, residual, torch.zeros_like(residual))


SOFT = {f.__name__: f for f in [hinton, decoupled, logit_matching, mse, teacher_bounded]}


def case(kind, n_rows, n_outputs, alpha, T, unlabelled, spread, weights=None, **extra):
    # Figures that float32 holds exactly.
    number = lambda *shape: (torch.randn(*shape) * spread).float().double()
    s, t = number(n_rows, n_outputs).requires_grad_(), number(n_rows, n_outputs)
    classes = kind in ("hinton", "decoupled", "logit_matching")
    missing = torch.arange(n_rows) % 4 == 1 if unlabelled else torch.zeros(n_rows, dtype=torch.bool)
    if classes:
        y = torch.randint(n_outputs, (n_rows,)).masked_fill(missing, -1)
        w = torch.tensor(weights, dtype=torch.float64) if weights else None
        there = ~missing
        hard = F.cross_entropy(s[there], y[there], weight=w) * there.double().mean() if there.any() else 0.0
    else:
        y = number(n_rows).masked_fill(missing, float("nan"))
        there = ~missing
        hard = F.mse_loss(s[there, 0], y[there]) * there.double().mean()
    soft = SOFT[kind](s, t, y, T=T, **extra)
    share = torch.where(missing, 1.0, alpha)
    loss = (1 - alpha) * hard + (share * soft).mean()
    loss.backward()
    listed = [None if m else v for v, m in zip(y.tolist(), missing.tolist())]
    return {
        "loss": {"kind": kind, **extra},
        "alpha": alpha,
        "temperature": T,
        "class_weights": weights,
        "outputs": s.tolist(),
        "teacher": t.tolist(),
        "y": listed,
        "value": loss.item(),
        "gradient": s.grad.tolist(),
    }


cases = [
    case("hinton", 24, 5, 0.9, 2.0, False, 2.0),
    case("hinton", 24, 5, 0.9, 2.0, True, 2.0),
    case("hinton", 24, 26, 1.0, 4.0, True, 3.0),
    case("hinton", 24, 5, 0.5, 1.0, True, 2.0, weights=[0.5, 1.0, 2.0, 1.5, 0.25]),
    case("hinton", 24, 2, 0.0, 2.0, False, 1.0),
    case("decoupled", 24, 5, 0.9, 2.0, False, 2.0, beta=8.0),
    case("decoupled", 24, 5, 0.7, 4.0, True, 2.0, beta=2.0, weights=[0.5, 1.0, 2.0, 1.5, 0.25]),
    case("decoupled", 24, 20, 1.0, 1.0, True, 3.0, beta=1.0),
    case("logit_matching", 24, 5, 0.9, 1.0, False, 2.0),
    case("logit_matching", 24, 7, 0.5, 1.0, True, 2.0),
    case("mse", 24, 1, 0.6, 1.0, False, 1.0),
    case("mse", 24, 1, 0.9, 1.0, True, 1.0),
    case("teacher_bounded", 24, 1, 0.6, 1.0, False, 1.0, margin=0.0),
    case("teacher_bounded", 24, 1, 0.9, 1.0, True, 1.0, margin=0.25),
]
path = pathlib.Path(__file__).with_name("losses.json")
lines = ",\n".join(json.dumps(c) for c in cases)
path.write_text(f'{{"generated_by": "losses.py, torch {torch.__version__}", "cases": [\n{lines}\n]}}\n')
