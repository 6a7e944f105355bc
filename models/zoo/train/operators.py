"""Layers in NHWC on the kernels of kernels.cpp; `python3 operators.py` checks their gradients against PyTorch's."""
import ctypes
import pathlib
import subprocess

import torch
import torch.nn.functional as F


def load_kernels(build=pathlib.Path("build/train")):
    source = pathlib.Path(__file__).with_name("kernels.cpp")
    library = build / "kernels.so"
    if not library.exists() or library.stat().st_mtime < source.stat().st_mtime:
        build.mkdir(parents=True, exist_ok=True)
        subprocess.run(["g++", "-std=c++20", "-O3", "-march=native", "-ffast-math", "-fno-finite-math-only", "-shared",
                        "-fPIC", str(source), "-o", str(library)], check=True)
    return ctypes.CDLL(str(library.resolve()))


KERNELS = load_kernels()


def call(name, *arguments):
    """Tensors go as pointers, integers as int64, floats as float."""
    converted = []
    for argument in arguments:
        if isinstance(argument, torch.Tensor):
            assert argument.is_contiguous() and argument.dtype == torch.float32
            converted.append(ctypes.c_void_p(argument.data_ptr()))
        elif isinstance(argument, float):
            converted.append(ctypes.c_float(argument))
        else:
            converted.append(ctypes.c_int64(argument))
    getattr(KERNELS, name)(*converted)


class MatrixProduct(torch.autograd.Function):
    """x [m, k] times w [k, n]."""

    @staticmethod
    def forward(ctx, x, w):
        x, w = x.contiguous(), w.contiguous()
        ctx.save_for_backward(x, w)
        y = x.new_empty(x.shape[0], w.shape[1])
        call("matrix_product", x, w, y, x.shape[0], x.shape[1], w.shape[1])
        return y

    @staticmethod
    def backward(ctx, dy):
        x, w = ctx.saved_tensors
        dy, dx, dw = dy.contiguous(), None, torch.empty_like(w)
        call("outer_product", x, dy, dw, x.shape[0], x.shape[1], w.shape[1])
        if ctx.needs_input_grad[0]:
            dx = torch.empty_like(x)
            call("matrix_product", dy, w.t().contiguous(), dx, x.shape[0], w.shape[1], x.shape[1])
        return dx, dw


class Depthwise(torch.autograd.Function):
    """x [n, h, w, c], w [kernel * kernel, c]; padding kernel / 2."""

    @staticmethod
    def forward(ctx, x, w, kernel, stride):
        x, w = x.contiguous(), w.contiguous()
        n, h, width, c = x.shape
        out = [(size + 2 * (kernel // 2) - kernel) // stride + 1 for size in (h, width)]
        y = x.new_empty(n, *out, c)
        ctx.save_for_backward(x, w)
        ctx.geometry = (n, h, width, c, kernel, stride, *out)
        call("depthwise", x, w, y, *ctx.geometry)
        return y

    @staticmethod
    def backward(ctx, dy):
        x, w = ctx.saved_tensors
        dy, dx, dw = dy.contiguous(), torch.empty_like(x), torch.empty_like(w)
        call("depthwise_backward", x, w, dy, dx, dw, *ctx.geometry)
        return dx, dw, None, None


class NormAct(torch.autograd.Function):
    """Training-time batch norm over all but the last axis, then hardswish if asked; also the statistics."""

    @staticmethod
    def forward(ctx, x, weight, bias, eps, act):
        x = x.contiguous()
        c = x.shape[-1]
        y = torch.empty_like(x)
        mean, var, a, b = (x.new_empty(c) for _ in range(4))
        call("norm_act", x, weight, bias, y, mean, var, a, b, x.numel() // c, c, eps, act)
        ctx.save_for_backward(x, weight, mean, var, a, b)
        ctx.eps, ctx.act = eps, act
        ctx.mark_non_differentiable(mean, var)
        return y, mean, var

    @staticmethod
    def backward(ctx, dy, _mean, _var):
        x, weight, mean, var, a, b = ctx.saved_tensors
        c = x.shape[-1]
        dy, dx, dweight, dbias = dy.contiguous(), torch.empty_like(x), torch.empty_like(weight), torch.empty_like(weight)
        call("norm_act_backward", x, dy, weight, mean, var, a, b, dx, dweight, dbias, x.numel() // c, c, ctx.eps, ctx.act)
        return dx, dweight, dbias, None, None


def check_gradients(seed=1):
    """Forward and backward of every layer against PyTorch's in double precision."""
    random = torch.Generator().manual_seed(seed)

    def normal(*shape):
        return torch.randn(*shape, generator=random)

    def compare(name, ours, theirs, inputs):
        outputs = ours(*inputs)
        doubles = [i.detach().double().requires_grad_() for i in inputs]
        wanted = theirs(*doubles)
        weight = normal(*outputs.shape)
        (outputs * weight).sum().backward()
        (wanted * weight.double()).sum().backward()
        pairs = [(outputs, wanted)] + [(i.grad, d.grad) for i, d in zip(inputs, doubles)]
        worst = max(((a.double() - b).abs().max() / b.abs().max()).item() for a, b in pairs)
        print(f"{name}: {worst:.1e}")
        assert worst < 2e-5, name

    def nchw(x):
        return x.permute(0, 3, 1, 2)

    for m, k, n in ((77, 27, 8), (100, 8, 32), (1000, 96, 24), (64, 48, 80)):
        compare(f"product {m} {k} {n}", MatrixProduct.apply, torch.mm,
                [normal(m, k).requires_grad_(), normal(k, n).requires_grad_()])
    for kernel, stride, size, c in ((3, 1, 8, 24), (3, 2, 8, 16), (5, 1, 4, 48), (3, 2, 7, 8)):
        compare(f"depthwise {kernel} {stride} {size} {c}", lambda x, w: Depthwise.apply(x, w, kernel, stride),
                lambda x, w: F.conv2d(nchw(x), w.t().reshape(c, 1, kernel, kernel), stride=stride, padding=kernel // 2,
                                      groups=c).permute(0, 2, 3, 1),
                [normal(3, size, size, c).requires_grad_(), normal(kernel * kernel, c).requires_grad_()])
    for act in (0, 1):
        compare(f"norm {act}", lambda x, w, b: NormAct.apply(x, w, b, 1e-5, act)[0],
                lambda x, w, b: (F.hardswish if act else lambda v: v)(
                    F.batch_norm(x.reshape(-1, 24), None, None, w, b, True, 0, 1e-5)).reshape(x.shape),
                [normal(4, 5, 5, 24).requires_grad_(), normal(24).requires_grad_(), normal(24).requires_grad_()])


if __name__ == "__main__":
    check_gradients()
