// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation

/// A content and a style to judge systems on.
struct ComparedPair {
    /// Of its folder and its section; empty where it is the only one.
    var name = ""
    /// What it is, in a line.
    var description = ""
    let content: String
    let style: String

    /// The pairs of a file, `{"pairs": [{"name": ..., "description": ..., "content": ..., "style": ...}]}`, with paths
    /// relative to its folder; the description is optional.
    ///
    /// - Throws: ``Failure``, of kind `noInput` when the file does not exist, `badData` when it does not have pairs with names
    ///   of their own that folders can have.
    static func all(in path: String) throws(Failure) -> [ComparedPair] {
        let json = try contents(ofFile: path, or: "cannot read the pairs")
        func cannot(_ why: String, _ remedy: String? = nil) -> Failure {
            Failure(.badData, "cannot use the pairs", at: path, why: why, remedy: remedy)
        }
        let file: File
        do { file = try JSONDecoder().decode(File.self, from: Data(json)) } catch {
            throw cannot(
                jsonProblem(error), #"write {"pairs": [{"name": "one", "content": "a.wav", "style": "b.wav"}]}"#)
        }
        guard !file.pairs.isEmpty else { throw cannot("it contains no pair") }
        var names: Set<String> = []
        for name in file.pairs.map(\.name) {
            guard isFolderName(name) else {
                throw cannot("'\(name)' cannot name a folder", "use letters, digits, - and _, at most 100 bytes")
            }
            guard names.insert(name).inserted else { throw cannot("two pairs are named '\(name)'") }
        }
        let folder = (path as NSString).deletingLastPathComponent
        func beside(_ sound: String) -> String {
            sound.hasPrefix("/") ? sound : (folder as NSString).appendingPathComponent(sound)
        }
        return file.pairs.map {
            ComparedPair(
                name: $0.name, description: $0.description ?? "", content: beside($0.content), style: beside($0.style))
        }
    }

    /// No dot, so that it is no report's name either.
    private static func isFolderName(_ name: String) -> Bool {
        (1...100).contains(name.utf8.count) && name.allSatisfy { $0.isLetter || $0.isNumber || "-_".contains($0) }
    }

    private struct File: Decodable {
        struct Pair: Decodable {
            let name: String
            let description: String?
            let content: String
            let style: String
        }
        let pairs: [Pair]
    }
}
