// SPDX-License-Identifier: Apache-2.0

// One import for everything that a program needs, `import WavestyleKit`:
//
//     let voice = try AudioFile.read("voice.wav"), flute = try AudioFile.read("flute.wav")
//     let result = try StyleTransfer.run(content: voice, style: flute)
//     try result.write(to: "out.wav")
//
// The modules below are the package's own, each with a README in its folder.
@_exported import AudioIO
@_exported import Evaluation
@_exported import Files
@_exported import Finishing
@_exported import Matrices
@_exported import Mosaic
@_exported import MuLaw
@_exported import Optimizers
@_exported import Spectrogram
@_exported import Texture
@_exported import Transfer
@_exported import WaveEncoder
@_exported import WeightLoader
