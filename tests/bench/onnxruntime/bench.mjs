// node bench.mjs NETWORK.yaml [RUNS]: milliseconds of one image in ONNX Runtime on one thread, float and 8-bit.

import { readFileSync } from 'node:fs';
import ort from 'onnxruntime-node';
import { parse } from 'yaml';
import { networkToOnnx } from './network_to_onnx.mjs';

const kWarmUp = 5;

const cpuMilliseconds = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e3;
};

async function measure(what, network, quantized, runs) {
  const { input, bytes } = networkToOnnx(network, { quantized });
  const session = await ort.InferenceSession.create(bytes, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
  });
  const values = Float32Array.from({ length: input.dims.reduce((a, b) => a * b) }, (_, i) => (i % 255) / 255);
  const feeds = { input: new ort.Tensor('float32', values, input.dims) };
  const wall = [];
  const cpu = [];
  for (let i = 0; i < runs + kWarmUp; ++i) {
    const start = performance.now();
    const cpuStart = cpuMilliseconds();
    await session.run(feeds);
    if (i >= kWarmUp) {
      cpu.push(cpuMilliseconds() - cpuStart);
      wall.push(performance.now() - start);
    }
  }
  for (const times of [wall, cpu]) times.sort((a, b) => a - b);
  const middle = Math.floor(runs / 2);
  const columns = [wall[0], wall[middle], cpu[0], cpu[middle]].map((t) => t.toFixed(2).padStart(10));
  console.log(what.padEnd(46) + columns.join(''));
}

const [file, runs] = process.argv.slice(2);
if (file === undefined) {
  console.error('node bench.mjs NETWORK.yaml [RUNS]');
  process.exit(1);
}
const network = parse(readFileSync(file, 'utf8'));
const head = ['wall min', 'median', 'CPU ms min', 'median'].map((t) => t.padStart(10)).join('');
const { version } = JSON.parse(readFileSync(new URL('node_modules/onnxruntime-node/package.json', import.meta.url)));
console.log(`ONNX Runtime ${version}, one thread`.padEnd(46) + head);
await measure(`${network.name} float`, network, false, Number(runs ?? 50));
await measure(`${network.name} 8-bit (QDQ)`, network, true, Number(runs ?? 50));
