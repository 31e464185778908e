// SPDX-License-Identifier: Apache-2.0
import Files
import Yams

/// A plan's text as nodes that know their line and column. JSON is YAML, too.
struct PlanText {
    let path: String
    let root: Node

    /// A plan is written by hand, or by a small program.
    private static let maximumBytes = 16 << 20

    /// - Throws: ``Failure`` of kind `noInput` when the file cannot be read, `badData` where it is not YAML.
    init(_ path: String) throws(Failure) {
        self.path = path
        let bytes = try Self.bytes(path)
        func cannot(_ place: String, _ why: String) -> Failure {
            Failure(.badData, "cannot use the plan", at: path + place, why: why)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw cannot("", "it is not UTF-8") }
        do {
            guard let node = try compose(yaml: text) else { throw cannot("", "it is empty") }
            root = node
        } catch let failure as Failure {
            throw failure
        } catch YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _)
        {
            throw cannot(":\(mark)", problem)
        } catch YamlError.duplicatedKeysInMapping(let names, let context) {
            let name = names.map { "'\($0)'" }.sorted().joined(separator: ", ")
            throw cannot(":\(context.mark)", "\(name) is there twice")
        } catch {
            throw cannot("", "it is not YAML")
        }
    }

    /// The bundled plan of a name, where no file is called so; else a file.
    static func bytes(_ path: String) throws(Failure) -> [UInt8] {
        if !fileExists(path), path == "layer-atlas" { return PackageResources.layer_atlas_yaml }
        guard fileExists(path) else {
            throw Failure(
                .noInput, "cannot read the plan", at: path, why: "there is no such file",
                remedy: "name a file, or the bundled plan 'layer-atlas'")
        }
        let file = try FileSection(ofFile: path)
        guard file.count <= maximumBytes else {
            throw Failure(.badData, "cannot use the plan", at: path, why: "it is longer than 16 MiB")
        }
        return try file.bytes(0..<file.count)
    }

    /// A mistake at a node's line and column.
    func mistake(at node: Node?, _ why: String, remedy: String? = nil) -> Failure {
        Failure(.badData, "cannot use the plan", at: place(of: node), why: why, remedy: remedy)
    }

    /// As `plan.yaml:12:5`.
    func place(of node: Node?) -> String { path + (node?.mark.map { ":\($0)" } ?? "") }

    /// The members of a mapping, in their order.
    ///
    /// - Parameter names: those that there may be; nil for any.
    func members(
        of node: Node, _ what: String, names: [String]? = nil
    ) throws(Failure) -> [(name: String, key: Node, value: Node)] {
        guard let mapping = node.mapping else { throw mistake(at: node, "\(what) must be 'name: value' lines") }
        var members: [(name: String, key: Node, value: Node)] = []
        for (key, value) in mapping {
            guard let name = key.scalar?.string else { throw mistake(at: key, "a name must be a text") }
            if let names, !names.contains(name) {
                throw mistake(
                    at: key, "'\(name)' is not known here", remedy: "choose from \(names.joined(separator: ", "))")
            }
            members.append((name, key, value))
        }
        return members
    }

    /// The elements of a list; a single value counts as a list of one.
    func list(_ node: Node, _ what: String) throws(Failure) -> [Node] {
        guard let sequence = node.sequence else { return [node] }
        let elements = Array(sequence)
        guard !elements.isEmpty else { throw mistake(at: node, "\(what) has no values") }
        return elements
    }

    func text(_ node: Node, _ what: String) throws(Failure) -> String {
        guard let text = node.scalar?.string, !text.isEmpty else { throw mistake(at: node, "\(what) must be a text") }
        return text
    }

    func number(_ node: Node, _ what: String) throws(Failure) -> Double {
        guard let text = node.scalar?.string, let number = Double(text), number.isFinite else {
            throw mistake(at: node, "\(what) must be a number")
        }
        return number
    }

    func whole(_ node: Node, _ what: String, in range: ClosedRange<Int>) throws(Failure) -> Int {
        guard let text = node.scalar?.string, let number = Int(text), range.contains(number) else {
            throw mistake(
                at: node, "\(what) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func flag(_ node: Node, _ what: String) throws(Failure) -> Bool {
        guard let flag = node.scalar.flatMap({ Bool($0.string) }) else {
            throw mistake(at: node, "\(what) must be true or false")
        }
        return flag
    }
}
