#!/usr/bin/env python3
"""Writes the checkpoints that tests/models/torch_file_test.cpp reads.

    make_checkpoints.py FOLDER

For each NAME.pt, as torch.save writes it, there is NAME.safetensors with the same tensors as plain arrays. The values come
from a seed. With Debian's python3-torch (1.13) the files in this folder are what it wrote.
"""
import json
import pathlib
import sys

import torch


def write_safetensors(file, tensors):
    """The format: 8 bytes of header length, a JSON header, the tensors' bytes."""
    names = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64"}
    header, data = {}, b""
    for name, tensor in tensors.items():
        plain = tensor.detach().clone(memory_format=torch.contiguous_format)
        raw = plain.reshape(-1).view(torch.uint8).numpy().tobytes() if plain.dim() else plain.numpy().tobytes()
        header[name] = {
            "dtype": names[plain.dtype],
            "shape": list(plain.shape),
            "data_offsets": [len(data), len(data) + len(raw)],
        }
        data += raw
    text = json.dumps(header).encode()
    file.write_bytes(len(text).to_bytes(8, "little") + text + data)


def network():
    return torch.nn.Sequential(
        torch.nn.Conv2d(3, 4, 3, bias=False), torch.nn.BatchNorm2d(4), torch.nn.Flatten(), torch.nn.Linear(4, 2)
    )


def views():
    base = torch.randn(4, 6)
    return {
        "transposed": base.t(),
        "column": base[:, 2],
        "part": base[1:3, 1:5],
        "steps": base[::2, ::3],
        "permuted": torch.randn(2, 3, 4, 5).permute(3, 0, 2, 1),
        "channels_last": torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last),
        "expanded": torch.randn(3, 1).expand(3, 4),
        "scalar": torch.randn(()),
        "empty": torch.randn(0, 3),
        "tied": base,
    }


def main():
    folder = pathlib.Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(20)
    files = {}

    state = network().state_dict()
    files["plain"] = (state, state, {})
    files["protocol4"] = (state, state, {"pickle_protocol": 4})
    files["module_prefix"] = ({f"module.{k}": v for k, v in state.items()}, state, {})

    model = network()
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.randn(2, 3, 3, 3)).sum().backward()
    optimizer.step()
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [3, 5])
    ema = {k: v.double().float() * 0.5 for k, v in model.state_dict().items()}
    training = {
        "epoch": 7,
        "best": 71.25,
        "args": {"lr": 1e-3, "tags": ["a", "b"], "size": (224, 224), "none": None, "seed": 2**70},
        "device": torch.device("cpu"),
        "dtype": torch.float32,
        "shape": torch.Size([1, 2]),
        "bytes": b"\x00\xff",
        "set": {1, 2},
        "state_dict": model.state_dict(),
        "state_dict_ema": ema,
        "optimizer": optimizer.state_dict(),
        "lr_scheduler": schedule.state_dict(),
    }
    files["training"] = (training, model.state_dict(), {})
    files["ema_only"] = ({"epoch": 7, "ema": ema}, ema, {})

    formats = {}
    for kind in (torch.float16, torch.bfloat16, torch.float64):
        values = (torch.randn(3, 5, dtype=torch.float64) * 3).to(kind)
        values[0, 0], values[0, 1], values[0, 2] = 0.0, -0.0, 65504.0
        values[1, 0] = 6.0e-8  # a half below the normal numbers
        formats[str(kind).split(".")[1]] = values
    files["formats"] = (formats, formats, {})
    files["views"] = (views(), None, {})

    parameter = torch.nn.Parameter(torch.randn(2, 3))
    tagged = torch.randn(3)
    tagged.note = "a tensor with an attribute is pickled with its type"
    parameters = {"a": parameter, "b": torch.nn.Parameter(torch.randn(4).half(), requires_grad=False), "c": tagged}
    files["parameters"] = (parameters, parameters, {})

    for name, (saved, tensors, options) in files.items():
        tensors = saved if tensors is None else tensors
        torch.save(saved, folder / f"{name}.pt", **options)
        write_safetensors(folder / f"{name}.safetensors", tensors)
    torch.save(state, folder / "legacy.pt", _use_new_zipfile_serialization=False)


if __name__ == "__main__":
    main()
