"""EfficientViT-B0 (Cai et al. 2023; widths 8 16 32 64 128, depths 1 2 2 2 2, heads of 16) in NHWC, with the parameter
names of the MIT checkpoints."""
import torch
import torch.nn.functional as F
from torch import nn

from operators import Depthwise, MatrixProduct, NormAct

WIDTHS = (8, 16, 32, 64, 128)
DEPTHS = (1, 2, 2, 2, 2)
HEAD = (1024, 1280)
DIM = 16


class Norm(nn.Module):
    """Batch norm, then hardswish if asked."""

    def __init__(self, channels, act, eps=1e-5, momentum=0.1):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.register_buffer("running_mean", torch.zeros(channels))
        self.register_buffer("running_var", torch.ones(channels))
        self.act, self.eps, self.momentum = act, eps, momentum

    def forward(self, x):
        if not self.training:
            a = self.weight / torch.sqrt(self.running_var + self.eps)
            y = x * a + (self.bias - self.running_mean * a)
            return F.hardswish(y) if self.act else y
        y, mean, var = NormAct.apply(x, self.weight, self.bias, self.eps, int(self.act))
        count = x.numel() // x.shape[-1]
        with torch.no_grad():
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(var * (count / max(count - 1, 1)), self.momentum)
        return y


class Weight(nn.Module):
    """The parameters of a convolution, [out, in / groups, k, k] as PyTorch stores them."""

    def __init__(self, inputs, outputs, kernel=1, groups=1, bias=False):
        super().__init__()
        fan_in = inputs // groups * kernel * kernel
        self.weight = nn.Parameter(torch.randn(outputs, inputs // groups, kernel, kernel) * (2 / fan_in) ** 0.5)
        if bias:
            self.bias = nn.Parameter(torch.zeros(outputs))


def pointwise(x, weight):
    y = MatrixProduct.apply(x.reshape(-1, x.shape[-1]), weight.flatten(1).t())
    return y.reshape(*x.shape[:-1], -1)


def depthwise(x, weight, stride=1):
    return Depthwise.apply(x, weight.flatten(1).t(), weight.shape[-1], stride)


class ConvLayer(nn.Module):
    """A convolution, with a norm or else a bias, with hardswish or without."""

    def __init__(self, inputs, outputs, kernel=1, stride=1, groups=1, norm=True, act=True, bias=None):
        super().__init__()
        self.conv = Weight(inputs, outputs, kernel, groups, bias=not norm if bias is None else bias)
        if norm:
            self.norm = Norm(outputs, act)
        self.act, self.stride, self.kernel, self.groups = act, stride, kernel, groups

    def forward(self, x):
        if self.groups > 1:
            y = depthwise(x, self.conv.weight, self.stride)
        elif self.kernel > 1:
            size = [side // self.stride for side in x.shape[1:3]]
            padded = F.pad(x, (0, 0, 1, 1, 1, 1))
            taps = [padded[:, ky:ky + size[0] * self.stride:self.stride, kx:kx + size[1] * self.stride:self.stride]
                    for ky in range(3) for kx in range(3)]
            y = pointwise(torch.cat(taps, -1), self.conv.weight.permute(0, 2, 3, 1))
        else:
            y = pointwise(x, self.conv.weight)
        if hasattr(self, "norm"):
            return self.norm(y)
        if hasattr(self.conv, "bias"):
            y = y + self.conv.bias
        return F.hardswish(y) if self.act else y


class Residual(nn.Module):
    def __init__(self, main):
        super().__init__()
        self.main = main

    def forward(self, x):
        return x + self.main(x)


class Plain(Residual):
    def forward(self, x):
        return self.main(x)


class DsConv(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.depth_conv = ConvLayer(width, width, 3, groups=width)
        self.point_conv = ConvLayer(width, width, act=False)

    def forward(self, x):
        return self.point_conv(self.depth_conv(x))


class MbConv(nn.Module):
    def __init__(self, inputs, outputs, stride=1, fewer_norm=False):
        super().__init__()
        middle = inputs * 4
        self.inverted_conv = ConvLayer(inputs, middle, norm=not fewer_norm)
        self.depth_conv = ConvLayer(middle, middle, 3, stride, middle, norm=not fewer_norm)
        self.point_conv = ConvLayer(middle, outputs, act=False)

    def forward(self, x):
        return self.point_conv(self.depth_conv(self.inverted_conv(x)))


class LiteMla(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.heads = width // DIM
        self.qkv = ConvLayer(width, 3 * width, norm=False, act=False, bias=False)
        self.aggreg = nn.ModuleList([nn.ModuleList([
            Weight(3 * width, 3 * width, 5, 3 * width), Weight(3 * width, 3 * width, 1, 3 * self.heads)])])
        self.proj = ConvLayer(2 * width, width, act=False)

    def forward(self, x):
        n, h, w, _ = x.shape
        qkv = self.qkv(x)
        deep, wide = self.aggreg[0]
        scaled = depthwise(qkv, deep.weight).reshape(n * h * w, 3 * self.heads, DIM)
        grouped = wide.weight.reshape(3 * self.heads, DIM, DIM)
        scaled = torch.einsum("mgi,goi->mgo", scaled, grouped).reshape(n, h, w, -1)
        both = torch.cat((qkv, scaled), -1).reshape(n, h * w, 2 * self.heads, 3 * DIM).transpose(1, 2)
        q, k, v = both.split(DIM, -1)  # n, heads, tokens, DIM
        q, k = F.relu(q), F.relu(k)
        numerator = q @ (k.transpose(2, 3) @ v)
        denominator = q @ k.sum(2, keepdim=True).transpose(2, 3)
        out = numerator / (denominator + 1e-15)
        return self.proj(out.transpose(1, 2).reshape(n, h, w, -1))


class EfficientVitBlock(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.context_module = Residual(LiteMla(width))
        self.local_module = Residual(MbConv(width, width, fewer_norm=True))

    def forward(self, x):
        return self.local_module(self.context_module(x))


class OpList(nn.Module):
    def __init__(self, *ops):
        super().__init__()
        self.op_list = nn.ModuleList(ops)

    def forward(self, x):
        for op in self.op_list:
            x = op(x)
        return x


class LinearLayer(nn.Module):
    def __init__(self, inputs, outputs, last):
        super().__init__()
        self.linear = nn.Linear(inputs, outputs, bias=last)
        if not last:
            self.norm = nn.LayerNorm(outputs, eps=1e-5)

    def forward(self, x):
        x = self.linear(x)
        return F.hardswish(self.norm(x)) if hasattr(self, "norm") else x


class Pool(nn.Module):
    def forward(self, x):
        return x.mean((1, 2))


def stages():
    width = WIDTHS[0]
    for stage, (outputs, depth) in enumerate(zip(WIDTHS[1:], DEPTHS[1:])):
        fewer_norm = stage >= 2
        ops = [Plain(MbConv(width, outputs, 2, fewer_norm))]
        if fewer_norm:
            ops += [EfficientVitBlock(outputs) for _ in range(depth)]
        else:
            ops += [Residual(MbConv(outputs, outputs)) for _ in range(depth - 1)]
        yield OpList(*ops)
        width = outputs


class Backbone(nn.Module):
    def __init__(self):
        super().__init__()
        self.input_stem = OpList(ConvLayer(3, WIDTHS[0], 3, 2), Residual(DsConv(WIDTHS[0])))
        self.stages = nn.ModuleList(stages())

    def forward(self, x):
        x = self.input_stem(x)
        for stage in self.stages:
            x = stage(x)
        return x


class EfficientVitB0(nn.Module):
    def __init__(self, classes):
        super().__init__()
        self.backbone = Backbone()
        self.head = OpList(ConvLayer(WIDTHS[-1], HEAD[0]), Pool(), LinearLayer(*HEAD, last=False),
                           LinearLayer(HEAD[1], classes, last=True))

    def forward(self, x):
        """x: [n, h, w, 3], normalized; logits."""
        return self.head(self.backbone(x))
