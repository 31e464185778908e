// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Glibc
import Sweeps

/// The sounds that a plan names: files, folders, patterns.
struct SweepSounds: PlanSoundFinder {
    func sounds(_ path: String) throws(Failure) -> [String] {
        if Folder.exists(path) {
            let found = try FoundSounds(in: path, recursive: false, besides: "").sounds
            if let failure = found.compactMap(\.failure).first { throw failure }
            return found.map(\.path)
        }
        guard !fileExists(path), path.contains(where: { "*?[".contains($0) }) else {
            if let problem = try SoundKind(ofFile: path).problem {
                throw Failure(.badData, "cannot read the audio file", at: path, why: problem)
            }
            return [path]
        }
        var all: [String] = []
        for path in Self.matches(path) where !Folder.exists(path) {
            if try SoundKind(ofFile: path).problem == nil { all.append(path) }
        }
        guard !all.isEmpty else {
            throw Failure(.noInput, "cannot find sounds", at: path, why: "no sound matches it")
        }
        return all
    }

    func bundledPair() throws(Failure) -> (content: String, style: String) {
        let pair = try BundledSounds.pair()
        return (pair.content, pair.style)
    }

    /// By glob(3), in the order of bytes.
    private static func matches(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern.cPath, GLOB_NOSORT, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { index in
            found.gl_pathv[index].map { String(path: UnsafeRawBufferPointer(start: $0, count: strlen($0))) }
        }.sorted { $0.pathBytes.lexicographicallyPrecedes($1.pathBytes) }
    }
}
