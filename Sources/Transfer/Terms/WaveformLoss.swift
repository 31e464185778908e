// SPDX-License-Identifier: Apache-2.0

/// A loss on the linear waveform itself.
protocol WaveformLoss: WeighedLoss {
    /// Finds the value at y, `[T]`, and adds the weighted gradient.
    func evaluate(_ y: [Float], addingTo gradient: inout [Float])
}
