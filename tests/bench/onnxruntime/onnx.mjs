// The part of the ONNX format (a protobuf) that a graph of operators needs, as bytes. Field numbers: onnx.proto.

export const DataType = { FLOAT: 1, UINT8: 2, INT8: 3, INT32: 6, INT64: 7 };

function varint(value) {
  const bytes = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 127n) | (rest > 127n ? 128 : 0));
    rest >>= 7n;
  } while (rest > 0n);
  return Buffer.from(bytes);
}

const integer = (field, value) => Buffer.concat([varint(field << 3), varint(value)]);

function bytes(field, content) {
  const data = typeof content === 'string' ? Buffer.from(content) : content;
  return Buffer.concat([varint((field << 3) | 2), varint(data.length), data]);
}

function float(field, value) {
  const data = Buffer.alloc(4);
  data.writeFloatLE(value);
  return Buffer.concat([varint((field << 3) | 5), data]);
}

/// values: a typed array.
export function tensor(name, type, dims, values) {
  return Buffer.concat([
    ...dims.map((d) => integer(1, d)),
    integer(2, type),
    bytes(8, name),
    bytes(9, Buffer.from(values.buffer, values.byteOffset, values.byteLength)),
  ]);
}

/// Numbers are integers, {float: x} is one float, lists are lists of integers, the rest are strings.
function attribute(name, value) {
  const parts = [bytes(1, name)];
  if (typeof value === 'number') {
    parts.push(integer(3, value), integer(20, 2));
  } else if (typeof value === 'string') {
    parts.push(bytes(4, value), integer(20, 3));
  } else if (Array.isArray(value)) {
    parts.push(...value.map((v) => integer(8, v)), integer(20, 7));
  } else {
    parts.push(float(2, value.float), integer(20, 1));
  }
  return Buffer.concat(parts);
}

export function node(type, inputs, outputs, attributes = {}) {
  return Buffer.concat([
    ...inputs.map((name) => bytes(1, name)),
    ...outputs.map((name) => bytes(2, name)),
    bytes(4, type),
    ...Object.entries(attributes).map(([name, value]) => bytes(5, attribute(name, value))),
  ]);
}

function floatInfo(name, dims) {
  const shape = Buffer.concat(dims.map((d) => bytes(1, integer(1, d))));
  const type = bytes(1, Buffer.concat([integer(1, DataType.FLOAT), bytes(2, shape)]));
  return Buffer.concat([bytes(1, name), bytes(2, type)]);
}

export function model({ name, nodes, initializers, input, output }) {
  const graph = Buffer.concat([
    ...nodes.map((n) => bytes(1, n)),
    bytes(2, name),
    ...initializers.map((t) => bytes(5, t)),
    bytes(11, floatInfo(input.name, input.dims)),
    bytes(12, floatInfo(output.name, output.dims)),
  ]);
  const opset = Buffer.concat([bytes(1, ''), integer(2, 17)]);
  return Buffer.concat([integer(1, 8), bytes(2, 'tridex'), bytes(7, graph), bytes(8, opset)]);
}
