// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Glibc

/// A sound below a folder that was searched.
struct FoundSound {
    let path: String
    /// That it lies in, below the searched one, as `brass/low/`; empty for that one itself.
    let folder: String
    /// The file's.
    let name: String
    /// Why it cannot be read, as far as its first bytes tell; nil where it can.
    var failure: Failure?
}

/// The sounds of a folder, chosen by what they are, and what was passed over.
struct FoundSounds {
    private(set) var sounds: [FoundSound] = []
    private let root: String
    private let isRecursive: Bool
    /// Names for each reason, in the order in which these appeared.
    private var skipped: [(reason: String, names: [String])] = []
    /// Folders that are not entered (again): links may lead in a circle.
    private var seen: Set<[UInt8]>

    /// - Parameter output: a folder that is not searched, where it is below.
    /// - Throws: ``Failure`` of kind `noInput` for a folder that cannot be read, or has no sounds.
    init(in root: String, recursive: Bool, besides output: String) throws(Failure) {
        (self.root, isRecursive) = (root, recursive)
        seen = Set([root, output].compactMap(OutputFile.identity(of:)))
        guard let names = Folder.names(in: root) else {
            throw Failure(
                .noInput, "cannot read the folder", at: root,
                why: "it does not exist, or is not a folder, or cannot be read")
        }
        search(names, of: "")
        guard !sounds.isEmpty else {
            throw Failure(
                .noInput, "cannot use the folder", at: root,
                why: skipped.isEmpty ? "it contains no sound" : "it contains no sound; skipped: " + skippedText)
        }
    }

    /// What was passed over and why, a line for each reason.
    var remarks: [String] { skipped.map { "Skipped in \(root): \(Self.text($0))" } }

    private var skippedText: String { skipped.map(Self.text).joined(separator: "; ") }

    private static func text(_ skipped: (reason: String, names: [String])) -> String {
        let shown = skipped.names.prefix(3).joined(separator: ", ")
        let others = skipped.names.count - 3
        return shown + (others > 0 ? " and \(others) more" : "") + " (\(skipped.reason))"
    }

    /// Files first, by their bytes; then folders, then links to folders, which a folder's own path goes before.
    private mutating func search(_ names: [String], of folder: String) {
        var inner: [(name: String, isLink: Bool)] = []
        for name in names.sorted(by: { $0.pathBytes.lexicographicallyPrecedes($1.pathBytes) }) {
            var status = stat()
            let path = "\(root)/\(folder)\(name)"
            if name.hasPrefix(".") {
                skip(folder + name, "hidden")
            } else if stat(path.cPath, &status) != 0 {
                skip(folder + name, systemError(errno))
            } else if status.st_mode & S_IFMT == S_IFDIR {
                let isLink = lstat(path.cPath, &status) == 0 && status.st_mode & S_IFMT == S_IFLNK
                isRecursive ? inner.append((name, isLink)) : skip(folder + name, "a folder: add --recursive")
            } else if status.st_mode & S_IFMT != S_IFREG {
                skip(folder + name, "not a file")
            } else {
                add(FoundSound(path: path, folder: folder, name: name))
            }
        }
        for (name, _) in inner.filter({ !$0.isLink }) + inner.filter(\.isLink) {
            guard let identity = OutputFile.identity(of: "\(root)/\(folder)\(name)"), seen.insert(identity).inserted
            else {
                skip(folder + name, "the results' folder, or searched before")
                continue
            }
            guard let names = Folder.names(in: "\(root)/\(folder)\(name)") else {
                skip(folder + name, systemError(errno))
                continue
            }
            search(names, of: "\(folder)\(name)/")
        }
    }

    private mutating func skip(_ name: String, _ reason: String) {
        if let index = skipped.firstIndex(where: { $0.reason == reason }) {
            skipped[index].names.append(name)
        } else {
            skipped.append((reason, [name]))
        }
    }

    /// A file that is no sound is passed over, but where it is called one: that cannot be meant.
    private mutating func add(_ sound: FoundSound) {
        let isCalledSound = Self.extensions.contains(sound.path.nameExtension)
        var sound = sound
        do throws(Failure) {
            if let problem = try SoundKind(ofFile: sound.path).problem {
                guard isCalledSound else {
                    return skip(
                        sound.folder + sound.name, problem.hasPrefix("it is ") ? String(problem.dropFirst(6)) : problem)
                }
                sound.failure = Failure(.badData, "cannot read the audio file", at: sound.path, why: problem)
            }
        } catch {
            sound.failure = error
        }
        sounds.append(sound)
    }

    /// What sounds are called.
    private static let extensions: Set = [
        "3gp", "aac", "ac3", "aif", "aifc", "aiff", "amr", "ape", "au", "bwf", "caf", "dsf", "flac", "m4a", "m4b",
        "mka", "mp1", "mp2", "mp3", "mpc", "oga", "ogg", "opus", "rf64", "snd", "spx", "tta", "w64", "wav", "wave",
        "wma", "wv",
    ]
}
