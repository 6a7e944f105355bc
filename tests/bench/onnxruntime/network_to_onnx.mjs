// A network file of ours (its schema: configs/networks/tiny_cnn.yaml) as an ONNX graph with random weights: batch
// norms folded, attention as matrix products of [1, heads, d, tokens]. Shapes and operators are what matters here.
//
// quantized: what static quantization gives (QDQ): 8 bits at the inputs and outputs of convolutions, additions,
// concatenations and pooling, 8-bit weights with a scale a channel; the rest stays float.

import { DataType, model, node, tensor } from './onnx.mjs';

const kCodeScale = 1 / 32; // of unsigned codes with zero point 128: +-4

/// The same numbers each time: mulberry32, and the sum of uniform ones for a bell.
function randomSource(seed) {
  let state = seed;
  const uniform = () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
  return () => (uniform() + uniform() + uniform() - 1.5) * 2; // variance 1
}

class Converter {
  constructor(network, quantized) {
    this.network = network;
    this.quantized = quantized;
    this.random = randomSource(1);
    this.nodes = [];
    this.initializers = [];
    this.constants = new Map();
    this.values = new Map(); // our name -> {name, dims}
    this.heads = new Map(); // our name and heads -> the three parts
    this.codes = new Map(); // ONNX name -> its name behind a quantizer
  }

  emit(type, inputs, output, attributes) {
    this.nodes.push(node(type, inputs, [output], attributes));
    return output;
  }

  constant(type, dims, values) {
    const key = `${type}:${dims}:${values}`;
    if (values.length > 8 || !this.constants.has(key)) {
      const name = `constant${this.initializers.length}`;
      this.initializers.push(tensor(name, type, dims, values));
      this.constants.set(key, name);
      return name;
    }
    return this.constants.get(key);
  }
  floats(dims, values) {
    return this.constant(DataType.FLOAT, dims, Float32Array.from(values));
  }
  integers(values) {
    return this.constant(DataType.INT64, [values.length], BigInt64Array.from(values.map(BigInt)));
  }

  /// `name` through a quantizer, where the graph is quantized.
  code(name) {
    if (!this.quantized) return name;
    if (!this.codes.has(name)) {
      const scale = this.floats([], [kCodeScale]);
      const zero = this.constant(DataType.UINT8, [], Uint8Array.of(128));
      this.emit('QuantizeLinear', [name, scale, zero], `${name}_q`);
      this.codes.set(name, this.emit('DequantizeLinear', [`${name}_q`, scale, zero], `${name}_dq`));
    }
    return this.codes.get(name);
  }

  weights(dims) {
    const count = dims.reduce((a, b) => a * b);
    const deviation = Math.sqrt(dims[0] / count);
    if (!this.quantized) {
      return this.floats(dims, Float32Array.from({ length: count }, () => this.random() * deviation));
    }
    const codes = Int8Array.from({ length: count }, () => Math.round(this.random() * 42));
    const scale = this.floats([dims[0]], new Array(dims[0]).fill(deviation / 42));
    const zero = this.constant(DataType.INT8, [dims[0]], new Int8Array(dims[0]));
    const q = this.constant(DataType.INT8, dims, codes);
    return this.emit('DequantizeLinear', [q, scale, zero], `${q}_dq`, { axis: 0 });
  }

  bias(channels, depth) {
    const values = Float32Array.from({ length: channels }, () => this.random() * 0.1);
    if (!this.quantized) return this.floats([channels], values);
    const scale = (kCodeScale * Math.sqrt(1 / depth)) / 42;
    const q = this.constant(DataType.INT32, [channels], Int32Array.from(values, (v) => Math.round(v / scale)));
    const scales = this.floats([channels], new Array(channels).fill(scale));
    const zero = this.constant(DataType.INT32, [channels], new Int32Array(channels));
    return this.emit('DequantizeLinear', [q, scales, zero], `${q}_dq`, { axis: 0 });
  }

  conv(n, x) {
    const kernel = Array.isArray(n.kernel) ? n.kernel : [n.kernel, n.kernel];
    const padding = n.padding ?? 0;
    const pads = Array.isArray(padding) ? padding : [padding, padding, padding, padding];
    const stride = n.stride ?? 1;
    const groups = n.groups ?? 1;
    const [, c, h, w] = x.dims;
    const dims = [1, n.channels, ...[h, w].map((size, i) =>
      Math.floor((size + pads[i] + pads[i + 2] - kernel[i]) / stride) + 1)];
    const depth = (c / groups) * kernel[0] * kernel[1];
    const name = this.emit('Conv',
      [this.code(x.name), this.weights([n.channels, c / groups, ...kernel]), this.bias(n.channels, depth)],
      n.name, { kernel_shape: kernel, pads, strides: [stride, stride], group: groups });
    return { name: this.code(name), dims };
  }

  /// q, k or v of every head: [1, heads, d, tokens].
  headSlice(n, x) {
    const [, c, h, w] = x.dims;
    const d = c / 3 / n.heads;
    const key = `${x.name}:${n.heads}`;
    if (!this.heads.has(key)) {
      const whole = this.emit('Reshape', [x.name, this.integers([1, n.heads, 3 * d, h * w])], `${x.name}_heads`);
      const parts = ['q', 'k', 'v'].map((part) => `${whole}_${part}`);
      this.nodes.push(node('Split', [whole, this.integers([d, d, d])], parts, { axis: 2 }));
      this.heads.set(key, parts);
    }
    return { name: this.heads.get(key)[n.part], dims: [1, n.heads, d, h * w], map: [h, w] };
  }

  transposed(x) {
    return this.emit('Transpose', [x.name], `${x.name}_t${this.nodes.length}`, { perm: [0, 1, 3, 2] });
  }

  divide(n, over, under) {
    const sum = this.emit('Add', [under.name, this.floats([], [n.eps])], `${n.name}_under`);
    const ratio = this.emit('Div', [over.name, sum], `${n.name}_ratio`);
    const dims = [1, over.dims[1] * over.dims[2], ...over.map];
    return { name: this.emit('Reshape', [ratio, this.integers(dims)], n.name), dims };
  }

  layerNorm(n, x) {
    const [, c, h, w] = x.dims;
    if (h !== 1 || w !== 1) throw new Error(`${n.name}: layer norm of a map larger than 1x1`);
    const ones = this.floats([c, 1, 1], new Array(c).fill(1));
    const zeros = this.floats([c, 1, 1], new Array(c).fill(0));
    this.emit('LayerNormalization', [x.name, ones, zeros], n.name, { axis: 1, epsilon: { float: n.eps } });
    return { name: n.name, dims: x.dims };
  }

  convert(n) {
    const inputs = n.inputs.map((name) => this.values.get(name));
    const [x, y] = inputs;
    const codes = () => inputs.map((one) => this.code(one.name));
    switch (n.op) {
      case 'conv':
        return this.conv(n, x);
      case 'batch_norm':
        return x;
      case 'layer_norm':
        return this.layerNorm(n, x);
      case 'hardswish':
        return { ...x, name: this.emit('HardSwish', [x.name], n.name) };
      case 'relu':
        return { ...x, name: this.emit('Relu', [x.name], n.name) };
      case 'relu6':
        return { ...x, name: this.emit('Clip', [x.name, this.floats([], [0]), this.floats([], [6])], n.name) };
      case 'add': {
        let sum = codes()[0];
        codes().slice(1).forEach((other, i) => {
          sum = this.code(this.emit('Add', [sum, other], `${n.name}_${i}`));
        });
        return { name: sum, dims: x.dims };
      }
      case 'concat': {
        const name = this.code(this.emit('Concat', codes(), n.name, { axis: 1 }));
        return { name, dims: [1, inputs.reduce((c, one) => c + one.dims[1], 0), ...x.dims.slice(2)] };
      }
      case 'global_avg_pool':
        return { name: this.code(this.emit('GlobalAveragePool', codes(), n.name)), dims: [1, x.dims[1], 1, 1] };
      case 'resize': {
        const scales = this.floats([4], [1, 1, n.factor, n.factor]);
        this.emit('Resize', [x.name, '', scales], n.name,
          { mode: 'cubic', coordinate_transformation_mode: 'half_pixel' });
        return { name: n.name, dims: [1, x.dims[1], x.dims[2] * n.factor, x.dims[3] * n.factor] };
      }
      case 'head_slice':
        return this.headSlice(n, x);
      case 'matmul_tokens': {
        const name = this.emit('MatMul', [x.name, this.transposed(y)], n.name);
        return { name, dims: [1, n.heads, x.dims[2], y.dims[2]] };
      }
      case 'token_sum':
        return { name: this.emit('ReduceSum', [x.name, this.integers([3])], n.name), dims: [...x.dims.slice(0, 3), 1] };
      case 'matmul_heads': {
        const name = this.emit('MatMul', [this.transposed(y), x.name], n.name);
        return { name, dims: [1, n.heads, y.dims[3], x.dims[3]], map: x.map };
      }
      case 'divide':
        return this.divide(n, x, y);
      default:
        throw new Error(`${n.name}: unknown operator ${n.op}`);
    }
  }

  run() {
    const input = { name: 'input', dims: [1, ...this.network.input.shape] };
    this.values.set('input', input);
    for (const n of this.network.nodes) {
      this.values.set(n.name, this.convert(n));
    }
    const output = this.values.get(this.network.output);
    return {
      input,
      bytes: model({ name: this.network.name, nodes: this.nodes, initializers: this.initializers, input, output }),
    };
  }
}

export function networkToOnnx(network, { quantized }) {
  return new Converter(network, quantized).run();
}
