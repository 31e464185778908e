// SPDX-License-Identifier: Apache-2.0

/// Sizes that follow from a sample rate, so that every rate is seen in the same frames: at 16 kHz envelopes have frames of 512 samples
/// every 128, and pitch has a value every 160.
struct Grid: Equatable, Sendable {
    /// In hertz.
    let rate: Int
    /// Samples of an envelope's frame: 32 ms, or a little more, so that its transform is fast.
    let size: Int
    /// Samples from one frame to the next.
    var hop: Int { size / 4 }
    /// Samples of a pitch's step of 10 ms.
    var step: Double { Double(rate) / 100 }

    init(rate: Int) {
        self.rate = rate
        size = fastSize(atLeast: Int((0.032 * Double(rate)).rounded(.up)), multipleOf: 4)
    }

    /// Frames of so many samples: centred on 0, `hop`, ... up to the last sample.
    func frames(_ samples: Int) -> Int { samples / hop + 1 }
    /// Steps of so many samples.
    func steps(_ samples: Int) -> Int { Int(Double(samples) / step) + 1 }
    /// The frame nearest to a step, below a limit.
    func frame(ofStep step: Int, below limit: Int) -> Int {
        min(Int((Double(step) * self.step / Double(hop)).rounded(.toNearestOrEven)), limit - 1)
    }
    /// So many seconds in samples.
    func samples(_ seconds: Double) -> Int { Int((seconds * Double(rate)).rounded()) }
}

/// The smallest number from a bound on that is a multiple of one number, and has no prime factor above 5.
func fastSize(atLeast least: Int, multipleOf unit: Int) -> Int {
    var size = (max(least, 1) + unit - 1) / unit * unit
    while true {
        var rest = size
        for factor in [2, 3, 5] { while rest % factor == 0 { rest /= factor } }
        if rest == 1 { return size }
        size += unit
    }
}
