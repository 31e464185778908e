// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Glibc
import Spectrogram
import Transfer
import WaveEncoder
@_spi(Fuzzing) import WeightLoader

/// What reads a stranger's bytes, given any bytes at all: it may refuse them, and must not crash, hang or take much memory.
public enum FuzzBody: String, CaseIterable, Sendable {
    /// A checkpoint's index as a table, its checksums not compared.
    case table
    /// The messages in a table: a header when the first byte is even, else a variable, whose name's length is the second.
    case entries
    /// A tar archive's members, its checksums not compared.
    case archive
    /// A manifest of weights.
    case manifest
    /// The grammar of layers: the encoder's, or, after an odd first byte, that of networks on spectrograms.
    case layers
    /// What a sound is, and where its parts are; not what libraries decode.
    case sounds

    /// Reads the bytes, whatever comes of it.
    ///
    /// - Returns: whether they were good.
    @discardableResult
    public func run(_ bytes: [UInt8]) -> Bool {
        do {
            switch self {
            case .table: _ = try BundleIndex(SortedTable(bytes, comparesChecksums: false))
            case .entries: try Self.readEntries(bytes[...])
            case .archive: try Self.listArchive(bytes)
            case .manifest: _ = try WeightManifest(json: bytes)
            case .layers: try Self.resolve(bytes[...])
            case .sounds: return try Self.isSound(bytes)
            }
            return true
        } catch {
            return false
        }
    }

    private static func readEntries(_ bytes: ArraySlice<UInt8>) throws {
        guard let first = bytes.first else { return }
        if first % 2 == 0 {
            _ = try BundleIndex.shardCount(header: bytes.dropFirst())
        } else {
            let rest = bytes.dropFirst()
            let name = rest.dropFirst().prefix(Int(rest.first ?? 0))
            _ = try BundleIndex.variable(Array(name), rest.dropFirst(1 + name.count), shardCount: 2)
        }
    }

    /// A file without a name: archives and sounds are read from files.
    private static let scratch: Int32 = {
        var name = Array("\(P_tmpdir)/wavestyle-fuzz-XXXXXX".utf8CString)
        let descriptor = mkstemp(&name)
        precondition(descriptor >= 0, "\(P_tmpdir) cannot be written")
        unlink(name)
        return descriptor
    }()

    /// The bytes in a file.
    private static func file(of bytes: [UInt8]) throws(Failure) -> FileSection {
        ftruncate(scratch, 0)
        lseek(scratch, 0, SEEK_SET)
        if let error = bytes.withUnsafeBytes({ writeAll($0, to: scratch) }) {
            throw Failure(.inputOutput, "cannot write", why: systemError(error))
        }
        return try FileSection(ofFile: "/proc/self/fd/\(scratch)")
    }

    private static func isSound(_ bytes: [UInt8]) throws(Failure) -> Bool {
        try SoundParsers.read(file(of: bytes))
    }

    private static func listArchive(_ bytes: [UInt8]) throws {
        let archive = try TarArchive(file(of: bytes), comparesChecksums: false)
        for name in archive.names { _ = try archive.section(named: name)?.bytes(0..<512) }
    }

    private static func resolve(_ bytes: ArraySlice<UInt8>) throws {
        guard let first = bytes.first else { return }
        let text = String(decoding: bytes.dropFirst(), as: UTF8.self)
        if first % 2 == 0 {
            _ = try LayerSelection(text).resolved(in: EncoderArchitecture.nsynth)
        } else {
            let layers = (0..<16).map { number in
                SpectralArchitecture.Layer(filters: 8, kernel: 3, padding: .valid, hasReLU: number % 4 != 3)
            }
            _ = try LayerSelection(text, for: .stft).resolved(in: SpectralArchitecture(bins: 257, layers: layers))
        }
    }
}
