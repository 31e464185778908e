// SPDX-License-Identifier: Apache-2.0
import Files
import Yams

/// A content and a style of a sweep.
public struct PlanPair: Hashable, Sendable {
    /// Its own among the pairs.
    public let name: String
    /// Its path.
    public let content: String
    /// Its path.
    public let style: String
}

/// Finds a plan's sounds.
public protocol PlanSoundFinder {
    /// The sounds that a path names: itself, those of a folder, or those that a pattern with `*`, `?` or `[...]` matches.
    ///
    /// - Parameter path: from the working folder.
    /// - Throws: ``Failure`` where there are none, or one cannot be read.
    func sounds(_ path: String) throws(Failure) -> [String]

    /// What a plan without sounds is about.
    func bundledPair() throws(Failure) -> (content: String, style: String)
}

extension PlanText {
    /// The pairs: listed under `pairs`, or each of `contents` with each of `styles`.
    func pairs(
        pairs: Node?, contents: Node?, styles: Node?, by finder: some PlanSoundFinder
    ) throws(Failure) -> [PlanPair] {
        if let pairs {
            guard contents == nil, styles == nil else {
                throw mistake(
                    at: contents ?? styles, "pairs names the sounds already", remedy: "leave one of them out")
            }
            return try listed(pairs, by: finder)
        }
        guard let contents, let styles else {
            guard contents == nil, styles == nil else {
                throw mistake(
                    at: contents ?? styles, "\(contents == nil ? "contents" : "styles") is missing beside it")
            }
            let bundled = try finder.bundledPair()
            return named([(nil, bundled.content, bundled.style)])
        }
        let found = (try found(contents, "contents", finder), try found(styles, "styles", finder))
        return named(found.0.flatMap { content in found.1.map { (nil, content, $0) } })
    }

    /// A path in a plan, from the plan's own folder.
    func beside(_ name: String) -> String {
        name.hasPrefix("/") || !path.contains("/") ? name : "\(path.parentFolder)/\(name)"
    }

    private func listed(_ pairs: Node, by finder: some PlanSoundFinder) throws(Failure) -> [PlanPair] {
        var all: [(name: String?, content: String, style: String)] = []
        var names: Set<String> = []
        for node in try list(pairs, "pairs") {
            var (name, content, style): (String?, String?, String?)
            for (member, _, value) in try members(of: node, "a pair", names: ["name", "content", "style"]) {
                let text = try text(value, member)
                switch member {
                case "name":
                    guard names.insert(text).inserted else {
                        throw mistake(at: value, "two pairs are named '\(text)'")
                    }
                    name = text
                case "content": content = try one(text, value, finder)
                default: style = try one(text, value, finder)
                }
            }
            guard let content, let style else {
                throw mistake(
                    at: node, "a pair needs a content and a style", remedy: "write {content: a.wav, style: b.wav}")
            }
            all.append((name, content, style))
        }
        return named(all)
    }

    private func one(_ name: String, _ node: Node, _ finder: some PlanSoundFinder) throws(Failure) -> String {
        let sounds = try sounds(name, node, finder)
        guard sounds.count == 1 else {
            throw mistake(
                at: node, "'\(name)' is \(sounds.count) sounds", remedy: "use contents and styles for many")
        }
        return sounds[0]
    }

    private func found(_ node: Node, _ what: String, _ finder: some PlanSoundFinder) throws(Failure) -> [String] {
        var (all, seen): ([String], Set<String>) = ([], [])
        for element in try list(node, what) {
            for sound in try sounds(try text(element, "a sound"), element, finder) where seen.insert(sound).inserted {
                all.append(sound)
            }
        }
        return all
    }

    private func sounds(_ name: String, _ node: Node, _ finder: some PlanSoundFinder) throws(Failure) -> [String] {
        do throws(Failure) { return try finder.sounds(beside(name)) } catch {
            throw Failure(
                error.kind, "cannot use the plan", at: place(of: node),
                why: "\(error.location ?? name): \(error.why)", remedy: error.remedy)
        }
    }

    /// Pairs without a name are called by their files, as `voice--flute`; with a number where that is not enough.
    private func named(_ pairs: [(name: String?, content: String, style: String)]) -> [PlanPair] {
        var taken = Set(pairs.compactMap(\.name))
        return pairs.map { name, content, style in
            let stem = name ?? "\(content.lastName.stem)--\(style.lastName.stem)"
            var own = stem
            var number = 2
            while name == nil, !taken.insert(own).inserted {
                own = "\(stem)-\(number)"
                number += 1
            }
            return PlanPair(name: own, content: content, style: style)
        }
    }
}
