// A network as TensorFlow Playground's description has it: an object for every node and every link, one sample at a
// time, derivatives summed up over a batch, then one step of plain gradient descent. Written from that description.
"use strict";

class Link {
  constructor(source, target, weight) {
    Object.assign(this, { source, target, weight, errorDer: 0, accumulated: 0, count: 0 });
  }
}

class Neuron {
  constructor(activation) {
    Object.assign(this, { activation, bias: 0.1, inputs: [], outputs: [], total: 0, output: 0 });
    Object.assign(this, { outputDer: 0, inputDer: 0, accumulated: 0, count: 0 });
  }

  update() {
    this.total = this.bias;
    for (let j = 0; j < this.inputs.length; j++) {
      const link = this.inputs[j];
      this.total += link.weight * link.source.output;
    }
    this.output = this.activation.output(this.total);
    return this.output;
  }
}

const TANH = { output: Math.tanh, der: (x) => 1 - Math.tanh(x) ** 2 };
const LINEAR = { output: (x) => x, der: () => 1 };

function build(shape) {
  const layers = shape.map((width, place) =>
    Array.from({ length: width }, () => new Neuron(place === shape.length - 1 ? LINEAR : TANH)),
  );
  for (let place = 1; place < layers.length; place++) {
    for (const target of layers[place]) {
      for (const source of layers[place - 1]) {
        const link = new Link(source, target, Math.random() - 0.5);
        source.outputs.push(link);
        target.inputs.push(link);
      }
    }
  }
  return layers;
}

function forward(layers, sample) {
  layers[0].forEach((neuron, place) => (neuron.output = sample[place]));
  for (let place = 1; place < layers.length; place++) {
    for (const neuron of layers[place]) neuron.update();
  }
}

function backward(layers, target) {
  layers[layers.length - 1].forEach((neuron, place) => (neuron.outputDer = neuron.output - target[place]));
  for (let place = layers.length - 1; place > 0; place--) {
    for (const neuron of layers[place]) {
      neuron.inputDer = neuron.outputDer * neuron.activation.der(neuron.total);
      neuron.accumulated += neuron.inputDer;
      neuron.count++;
    }
    for (const neuron of layers[place]) {
      for (const link of neuron.inputs) {
        link.errorDer = neuron.inputDer * link.source.output;
        link.accumulated += link.errorDer;
        link.count++;
      }
    }
    if (place === 1) continue;
    for (const neuron of layers[place - 1]) {
      neuron.outputDer = 0;
      for (const link of neuron.outputs) neuron.outputDer += link.weight * link.target.inputDer;
    }
  }
}

function step(layers, rate) {
  for (let place = 1; place < layers.length; place++) {
    for (const neuron of layers[place]) {
      if (neuron.count > 0) {
        neuron.bias -= (rate * neuron.accumulated) / neuron.count;
        neuron.accumulated = neuron.count = 0;
      }
      for (const link of neuron.inputs) {
        if (link.count > 0) {
          link.weight -= (rate / link.count) * link.accumulated;
          link.accumulated = link.count = 0;
        }
      }
    }
  }
}

const { shape, batch, rate, seconds, samples, targets } = JSON.parse(require("fs").readFileSync(0, "utf8"));
const layers = build(shape);

function epoch() {
  let wrong = 0;
  samples.forEach((sample, place) => {
    forward(layers, sample);
    backward(layers, targets[place]);
    layers[layers.length - 1].forEach((n, k) => (wrong += 0.5 * (n.output - targets[place][k]) ** 2));
    if ((place + 1) % batch === 0) step(layers, rate);
  });
  return wrong / samples.length;
}

for (let n = 0; n < 20; n++) epoch();
const started = process.hrtime.bigint();
let made = 0;
let loss = 0;
let passed = 0;
while (passed < seconds) {
  loss = epoch();
  made += samples.length;
  passed = Number(process.hrtime.bigint() - started) / 1e9;
}
console.log(JSON.stringify({ samples_per_second: made / passed, loss }));
