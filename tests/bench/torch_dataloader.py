"""PyTorch as its tutorials write it: a DataLoader, Adam with its defaults."""

import peer
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

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
optimizer = torch.optim.Adam(model.parameters(), lr=peer.LEARNING_RATE)
loader = DataLoader(TensorDataset(x, y), batch_size=options.batch_size, shuffle=True)

stopwatch = peer.Stopwatch()
for _ in range(options.epochs):
    with stopwatch:
        for batch_x, batch_y in loader:
            optimizer.zero_grad()
            loss = loss_function(model(batch_x), batch_y)
            loss.backward()
            optimizer.step()
peer.report(torch.__version__, stopwatch, loss_function(model(x), y).item())
