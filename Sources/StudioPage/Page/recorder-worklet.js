// SPDX-License-Identifier: Apache-2.0
// Hands the microphone's samples to the page, a fiftieth of a second or so at a time.

const blockLength = 1024;

class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(blockLength);
    this.filled = 0;
  }

  /** Takes the first channel: a microphone is one sound, whatever its channels. */
  process([[samples]]) {
    for (const sample of samples ?? []) {
      this.block[this.filled] = sample;
      this.filled += 1;
      if (this.filled === blockLength) {
        this.port.postMessage(this.block);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("recorder", Recorder);
