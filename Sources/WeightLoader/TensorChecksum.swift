// SPDX-License-Identifier: Apache-2.0
import Files
import WaveEncoder

extension EncoderWeights {
    /// SHA-256 of all values as little-endian float32, in the order of ``EncoderTensor/all(of:)``: the identity of
    /// weights that come from no file.
    public var checksum: Checksum {
        Checksum(of: EncoderTensor.all(of: architecture).lazy.map { self[$0.role] })
    }

    /// The tensor with a value that is not a number or not finite, if there is one.
    var tensorNotFinite: EncoderTensor? {
        EncoderTensor.all(of: architecture).first { !self[$0.role].allSatisfy(\.isFinite) }
    }
}
