// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Foundation

/// A command as ArgumentParser describes it: what manual pages are made of.
struct CommandDescription: Decodable {
    let commandName: String
    /// Whether help ever lists it.
    let shouldDisplay: Bool
    /// Those that it is a subcommand of, the program first.
    let superCommands: [String]?
    let abstract: String?
    let discussion: String?
    let subcommands: [CommandDescription]?
    let arguments: [Argument]?

    /// An argument, an option or a flag.
    struct Argument: Decodable {
        struct Name: Decodable {
            let kind: String
            let name: String

            /// As it is typed.
            var text: String { (kind == "long" ? "--" : "-") + name }
        }

        let kind: String
        let shouldDisplay: Bool
        let sectionTitle: String?
        let isRepeating: Bool
        let names: [Name]?
        let valueName: String?
        let defaultValue: String?
        let allValues: [String]?
        let abstract: String?

        /// As in help: what it does, the values that it takes, and its default.
        var text: String {
            let facts = [
                allValues.map { "values: \($0.joined(separator: ", "))" }, defaultValue.map { "default: \($0)" },
            ].compactMap(\.self)
            return [abstract, facts.isEmpty ? nil : "(\(facts.joined(separator: "; ")))"].compactMap(\.self)
                .joined(separator: " ")
        }
    }

    /// As it is called: `wavestyle weights list`.
    var words: [String] { (superCommands ?? []) + [commandName] }
    /// Of its manual page: `wavestyle-weights-list`.
    var pageName: String { words.joined(separator: "-") }

    /// The program and all its subcommands, with their usage, a line for each form.
    static func all() throws -> [(command: CommandDescription, usage: [String])] {
        struct Tool: Decodable { let command: CommandDescription }
        let tool = try JSONDecoder().decode(Tool.self, from: Data(Overview._dumpHelp().utf8))
        func tree(
            _ command: CommandDescription, _ type: any ParsableCommand.Type
        ) -> [(command: CommandDescription, usage: [String])] {
            let usage = Overview.usageString(for: type).split(separator: "\n").map(String.init)
            // Both are in one order; the program's `help`, which is no type of ours, comes last.
            return [(command, usage)]
                + zip(command.subcommands ?? [], type.configuration.subcommands).filter(\.0.shouldDisplay)
                .flatMap { tree($0, $1) }
        }
        return tree(tool.command, Overview.self)
    }
}
