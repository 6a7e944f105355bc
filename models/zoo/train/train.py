#!/usr/bin/env python3
"""Trains EfficientViT-B0 on images that `tridex dataset` draws, every image once, and writes safetensors (FP16).

Debian packages: python3-torch, libopenblas0-pthread, g++. From the root of the project:
    python3 models/zoo/train/train.py --tridex build/run/app/tridex -o scenes.safetensors
"""
import argparse
import json
import pathlib
import struct
import subprocess
import time

import torch
import torch.nn.functional as F

from network import EfficientVitB0
from operators import check_gradients

MEAN = torch.tensor([0.485, 0.456, 0.406])
STD = torch.tensor([0.229, 0.224, 0.225])
SIDE = 64
CLASSES = 16


class Stream:
    """Batches from the records that a command writes: a byte with the class, then R, G, B of each pixel in turn."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, bufsize=1 << 22)

    def batch(self, count):
        size = 1 + SIDE * SIDE * 3
        records = self.process.stdout.read(count * size)
        if len(records) != count * size:
            raise SystemExit("the stream of images ended early")
        records = torch.frombuffer(bytearray(records), dtype=torch.uint8).reshape(count, size)
        pixels = records[:, 1:].float().reshape(count, SIDE, SIDE, 3)
        return (pixels / 255 - MEAN) / STD, records[:, 0].long()

    def close(self):
        self.process.stdout.close()
        self.process.wait()


def accuracy(network, stream, images, batch=250):
    network.eval()
    right = 0
    with torch.no_grad():
        for _ in range(images // batch):
            x, y = stream.batch(batch)
            right += (network(x).argmax(1) == y).sum().item()
    network.train()
    return 100 * right / (images // batch * batch)


def save(network, file, metadata):
    """FP16, except running variances, whose range FP16 does not hold."""
    header, blobs, offset = {"__metadata__": metadata}, [], 0
    for name, value in network.state_dict().items():
        wide = name.endswith("running_var")
        blob = value.detach().to(torch.float32 if wide else torch.float16).numpy().tobytes()
        header[name] = {"dtype": "F32" if wide else "F16", "shape": list(value.shape),
                        "data_offsets": [offset, offset + len(blob)]}
        blobs.append(blob)
        offset += len(blob)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    partial = pathlib.Path(str(file) + ".part")
    partial.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))
    partial.rename(file)


def slim(network, amount):
    """Shrinks the scale of every hidden channel of the MBConv blocks towards 0, whatever its size."""
    with torch.no_grad():
        for name, scale in network.named_parameters():
            if name.endswith("inverted_conv.norm.weight"):
                scale.copy_(F.softshrink(scale, amount))


def load(file):
    content = pathlib.Path(file).read_bytes()
    size, = struct.unpack("<Q", content[:8])
    header = json.loads(content[8:8 + size])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        kind = {"F16": torch.float16, "F32": torch.float32}[entry["dtype"]]
        tensors[name] = torch.frombuffer(bytearray(content[begin:end]), dtype=kind).reshape(entry["shape"]).float()
    return tensors


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-o", "--output", required=True)
    parser.add_argument("--tridex", default="build/run/app/tridex")
    parser.add_argument("--images", type=int, default=900_000)
    parser.add_argument("--first", type=int, default=0, help="number of the first training image")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rate", type=float, default=3e-3)
    parser.add_argument("--decay", type=float, default=0.05, help="weight decay of matrices and kernels")
    parser.add_argument("--slimming", type=float, default=0.0,
                        help="L1 decay of the scales of the norms after expansions (network slimming, Liu et al. 2017)")
    parser.add_argument("--start", help="go on from this safetensors file")
    parser.add_argument("--smoothing", type=float, default=0.05)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    check_gradients()
    network = EfficientVitB0(CLASSES)
    if options.start:
        network.load_state_dict(load(options.start))
    matrices = [p for p in network.parameters() if p.dim() > 1]
    vectors = [p for p in network.parameters() if p.dim() <= 1]
    optimizer = torch.optim.AdamW([{"params": matrices, "weight_decay": options.decay},
                                   {"params": vectors, "weight_decay": 0.0}], lr=options.rate)
    steps = options.images // options.batch
    if steps < 1:
        raise SystemExit("--images: less than one batch")
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, options.rate, total_steps=steps, pct_start=0.05,
                                                   cycle_momentum=False)

    def stream(split, first, images):
        return Stream([options.tridex, "dataset", f"scenes-{split}", "--first", str(first), "--images", str(images),
                       "--records", "-"])

    train = stream("train", options.first, steps * options.batch)
    begin, loss_sum, right, since = time.time(), 0.0, 0, 0
    every = 250
    for step in range(1, steps + 1):
        x, y = train.batch(options.batch)
        logits = network(x)
        loss = F.cross_entropy(logits, y, label_smoothing=options.smoothing)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 5)
        optimizer.step()
        slim(network, options.slimming * schedule.get_last_lr()[0])
        schedule.step()
        loss_sum += loss.item()
        right += (logits.argmax(1) == y).sum().item()
        since += 1
        if step % every == 0 or step == steps:
            seconds = time.time() - begin
            print(f"step {step}/{steps}  loss {loss_sum / since:.4f}  train top-1 {100 * right / since / options.batch:.2f} %"
                  f"  {step * options.batch / seconds:.0f} images/s  {seconds / 60:.1f} min", flush=True)
            loss_sum, right, since = 0.0, 0, 0
        if step % (4 * every) == 0 or step == steps:
            check = stream("calib", 0, 2000)
            print(f"  held out (calibration split): {accuracy(network, check, 2000):.2f} %", flush=True)
            check.close()
            save(network, options.output, {"step": str(step), "seed": str(options.seed), "format": "pt"})
    train.close()


if __name__ == "__main__":
    main()
