"""PyTorch by somebody who cares: rows shuffled once an epoch, batches as
slices, Adam's fused kernel."""

import peer
import torch
from torch import nn

options = peer.arguments()
torch.set_num_threads(1)
torch.set_num_interop_threads(1)
torch.manual_seed(1)
x, y = (torch.from_numpy(array) for array in peer.training_rows(options.data))

layers, width = [], x.shape[1]
for units in options.hidden:
    layers += [nn.Linear(width, units), nn.ReLU()]
    width = units
model = nn.Sequential(*layers, nn.Linear(width, 2))
loss_function = nn.CrossEntropyLoss()
optimizer = torch.optim.Adam(model.parameters(), lr=peer.LEARNING_RATE, fused=True)

stopwatch = peer.Stopwatch()
for _ in range(options.epochs):
    with stopwatch:
        order = torch.randperm(len(x))
        shuffled_x, shuffled_y = x[order], y[order]
        for start in range(0, len(x), options.batch_size):
            stop = start + options.batch_size
            optimizer.zero_grad(set_to_none=True)
            loss = loss_function(model(shuffled_x[start:stop]), shuffled_y[start:stop])
            loss.backward()
            optimizer.step()
peer.report(torch.__version__, stopwatch, loss_function(model(x), y).item())
