// SPDX-License-Identifier: Apache-2.0

/// A manual page, in the language of man(7).
struct ManualPage {
    /// The page as it is written to a file.
    private(set) var text = ""

    /// - Parameters:
    ///   - usage: a line for each form of the command.
    ///   - date: of the page, as 2026-11-30.
    init(of command: CommandDescription, usage: [String], date: String) {
        let program = command.words[0]
        let isProgram = command.words.count == 1
        let subcommands = (command.subcommands ?? []).filter { $0.shouldDisplay && $0.commandName != "help" }

        request(".\\\" SPDX-License-Identifier: Apache-2.0")
        request(
            ".TH \(command.pageName.uppercased().roff) 1 \(date) \"\(program) \(Wavestyle.version)\" \"User Commands\"")
        // Neither spread lines nor divided words: names of options are to be found and copied.
        request(".ad l")
        request(".nh")

        section("NAME")
        fill("\(command.pageName.roff) \\- \(Self.phrase(command.abstract ?? "").roff)")

        section("SYNOPSIS")
        for (index, line) in usage.enumerated() {
            if index > 0 { request(".br") }
            fill(Self.usage(line, of: command.words))
        }

        let paragraphs = (command.discussion ?? "").split(separator: "\n\n").map(String.init)
        let examples = paragraphs.filter { $0.hasPrefix("  ") }
        section("DESCRIPTION")
        fill((command.abstract ?? "").roff)
        for paragraph in paragraphs where !paragraph.hasPrefix("  ") {
            request(".PP")
            fill(paragraph.roff)
        }

        options((command.arguments ?? []).filter(\.shouldDisplay))

        if !subcommands.isEmpty {
            section("SUBCOMMANDS")
            for command in subcommands {
                item("\(Self.bold(command.pageName))(1)", (command.abstract ?? "").roff)
            }
        }
        section("EXIT STATUS")
        for (status, meaning) in Self.exitStatuses { item("\(status)", meaning.roff) }
        if isProgram {
            section("ENVIRONMENT")
            for (name, meaning) in Self.environment { item(Self.bold(name), meaning.roff) }
            section("FILES")
            for (name, meaning) in Self.files { item(Self.italic(name), meaning.roff) }
        }
        if !examples.isEmpty {
            section("EXAMPLES")
            request(".nf")
            for line in examples.flatMap({ $0.split(separator: "\n") }) { request(line.dropFirst(2).roff.roffLine) }
            request(".fi")
        }
        section("SEE ALSO")
        let parents = command.words.indices.dropLast().map { command.words[...$0].joined(separator: "-") }
        let others = parents + subcommands.map(\.pageName)
        fill(
            others.map { "\(Self.bold($0))(1)\($0 == program ? " for environment and files" : "")" }
                .joined(separator: ", "))
    }

    /// The options, in the groups that help has.
    private mutating func options(_ arguments: [CommandDescription.Argument]) {
        // A flag with an inversion is two, of which the second says nothing.
        let all = arguments.reduce(into: [[CommandDescription.Argument]]()) { groups, argument in
            let name = argument.names?.first?.name
            if let name, let last = groups.last?.first?.names?.first?.name, name == "no-\(last)" {
                groups[groups.count - 1].append(argument)
            } else {
                groups.append([argument])
            }
        }
        let titled = Dictionary(grouping: all) { $0[0].sectionTitle ?? "" }
        let titles = all.map { $0[0].sectionTitle ?? "" }.reduce(into: [String]()) { titles, title in
            if !title.isEmpty, !titles.contains(title) { titles.append(title) }
        }
        section("OPTIONS")
        for title in titles + [""] {
            guard let group = titled[title] else { continue }
            if !titles.isEmpty { request(".SS \"\((title.isEmpty ? "Other options" : title).roff)\"") }
            for forms in group {
                item(
                    forms.map(Self.label).joined(separator: ", "),
                    (forms.map(\.text).first { !$0.isEmpty } ?? "").roff)
            }
        }
    }

    /// An option's names and its value; an argument's name.
    private static func label(of argument: CommandDescription.Argument) -> String {
        let value = (argument.valueName ?? "value")
        guard let names = argument.names else { return italic(value) + (argument.isRepeating ? " ..." : "") }
        let label = names.map { bold($0.text) }.joined(separator: ", ")
        return argument.kind == "option" ? "\(label) \(italic(value))" : label
    }

    /// A line of usage: what is typed as it is in bold, what it stands for in italics.
    private static func usage(_ line: String, of words: [String]) -> String {
        let line = line.split(separator: " ").joined(separator: " ")
        let name = words.joined(separator: " ")
        guard line.hasPrefix(name) else { return line.roff }
        let rest = line.dropFirst(name.count).roff
            .replacing(/\\-(?:\\-)?[a-z](?:[a-z]|\\-)*/) { "\\fB\($0.output)\\fR" }
            .replacing(/<[^<>]+>|\b[A-Z]{2,}\b/) { "\\fI\($0.output)\\fR" }
        return bold(name) + rest
    }

    /// As in the list of all pages: 'give one sound the style of another'.
    private static func phrase(_ abstract: String) -> String {
        let text = abstract.hasSuffix(".") ? abstract.dropLast() : abstract[...]
        return text.prefix(1).lowercased() + text.dropFirst()
    }

    private static func bold(_ text: String) -> String { "\\fB\(text.roff)\\fR" }
    private static func italic(_ text: String) -> String { "\\fI\(text.roff)\\fR" }

    private mutating func section(_ title: String) { request(".SH \(title)") }

    /// What stands on one line, and text below it that is indented.
    private mutating func item(_ label: String, _ description: String) {
        request(".TP")
        request(label.roffLine)
        fill(description)
    }

    private mutating func request(_ line: String) { text += line + "\n" }

    /// Text in lines of up to 80 characters, which a formatter fills anew.
    private mutating func fill(_ words: String) {
        var line = ""
        for word in words.split(whereSeparator: \.isWhitespace) {
            if !line.isEmpty, line.count + word.count >= 80 {
                request(line.roffLine)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if !line.isEmpty { request(line.roffLine) }
    }
}

extension StringProtocol {
    /// Escaped, so that a formatter shows these very characters: hyphens, quotes, accents and backslashes as they are typed.
    var roff: String {
        unicodeScalars.reduce(into: "") { text, scalar in
            switch scalar {
            case "\\": text += "\\e"
            case "-": text += "\\-"
            case "'": text += "\\(aq"
            case "\"": text += "\\(dq"
            case "`": text += "\\(ga"
            case "^": text += "\\(ha"
            case "~": text += "\\(ti"
            case _ where scalar.isASCII: text.unicodeScalars.append(scalar)
            default:
                let digits = String(scalar.value, radix: 16, uppercase: true)
                text += "\\[u\(String(repeating: "0", count: Swift.max(4 - digits.count, 0)))\(digits)]"
            }
        }
    }

    /// As a line of text, which no formatter takes for a request.
    var roffLine: String { (hasPrefix(".") || hasPrefix("'") ? "\\&" : "") + String(self) }
}
