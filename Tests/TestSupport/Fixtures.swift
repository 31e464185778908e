// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Files that the tests bring along.
public enum Fixtures {
    /// The path of a file under `Tests/Fixtures`.
    public static func path(_ name: String) -> String {
        repository.appendingPathComponent("Tests/Fixtures").appendingPathComponent(name).path
    }

    /// The package's root.
    public static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// The folder of the built products: that of the running test bundle.
    public static var products: URL {
        let own = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
        return own.pathComponents.contains(".build") || own.lastPathComponent.hasSuffix(".xctest")
            ? own.deletingLastPathComponent() : Bundle.main.bundleURL
    }
}

/// A folder that is removed when the last reference to it goes.
public final class TemporaryFolder {
    /// Where it is.
    public let path: String

    /// Makes an empty folder.
    public init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("wavestyle-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        path = url.path
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// The path of a file in the folder.
    public func file(_ name: String) -> String { "\(path)/\(name)" }

    /// The names of all entries, hidden ones too, sorted.
    public var contents: [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
    }
}
