// SPDX-License-Identifier: Apache-2.0
import Files

/// One content and one style of a batch.
struct BatchPair {
    /// The result's name without extension, with the folders that the content lies in.
    var name: String
    let content: FoundSound
    let style: FoundSound

    /// All pairs, style by style. Names are bytes: those that only look the same differ. Sounds that differ only in their
    /// extension keep it in the name, and so do pairs that would have one name; styles, whose folders do not show otherwise, get
    /// these into their names.
    ///
    /// - Returns: the pairs, and what is wrong with those whose results would have one name all the same, and with those whose sounds
    ///   cannot be read.
    static func all(
        contents: [FoundSound], styles: [FoundSound]
    ) -> (pairs: [BatchPair], refused: [(pair: BatchPair, failure: Failure)]) {
        let contentNames = names(contents, in: \.folder) { [$0.name.stem, $0.name] }
        let styleNames = names(styles, in: { _ in "" }) { [$0.name.stem, $0.name, $0.flatName] }
        var pairs = zip(styles, styleNames).flatMap { style, styleName in
            zip(contents, contentNames).map { content, contentName in
                BatchPair(name: "\(content.folder)\(contentName)--\(styleName)", content: content, style: style)
            }
        }
        for (index, isShared) in shared(pairs).enumerated() where isShared {
            let (content, style) = (pairs[index].content, pairs[index].style)
            pairs[index].name = "\(content.folder)\(content.name)--\(style.flatName)"
        }
        let checked = zip(pairs, shared(pairs)).map { pair, isShared in
            (pair: pair, failure: isShared ? oneName(of: pair, in: pairs) : pair.content.failure ?? pair.style.failure)
        }
        return (
            checked.filter { $0.failure == nil }.map(\.pair),
            checked.compactMap { pair, failure in failure.map { (pair, $0) } }
        )
    }

    private static func oneName(of pair: BatchPair, in pairs: [BatchPair]) -> Failure {
        let all = pairs.filter { $0.name.pathBytes == pair.name.pathBytes }
            .map { "\($0.content.path) with \($0.style.path)" }
        return Failure(
            .usage, "cannot name the result", at: pair.name,
            why: "\(all.joined(separator: " and ")) would have this name",
            remedy: "rename a sound")
    }

    /// For each sound the first of its possible names that no other one in the same place could have; else its last.
    private static func names(
        _ sounds: [FoundSound], in place: (FoundSound) -> String, _ possible: (FoundSound) -> [String]
    ) -> [String] {
        func key(_ sound: FoundSound, _ name: String) -> [UInt8] { "\(place(sound))/\(name)".pathBytes }
        var counts: [[UInt8]: Int] = [:]
        for sound in sounds {
            for key in Set(possible(sound).map { key(sound, $0) }) { counts[key, default: 0] += 1 }
        }
        return sounds.map { sound in
            possible(sound).first { counts[key(sound, $0)] == 1 } ?? possible(sound).last ?? sound.name
        }
    }

    /// Whether each pair's name is another's, too.
    private static func shared(_ pairs: [BatchPair]) -> [Bool] {
        let counts = pairs.reduce(into: [[UInt8]: Int]()) { $0[$1.name.pathBytes, default: 0] += 1 }
        return pairs.map { counts[$0.name.pathBytes] != 1 }
    }
}

extension FoundSound {
    /// The name with its folders, as `brass-low-horn.wav`.
    fileprivate var flatName: String {
        String(path: "\(folder)\(name)".pathBytes.map { $0 == UInt8(ascii: "/") ? UInt8(ascii: "-") : $0 })
    }
}
