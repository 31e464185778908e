// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Transfer

/// How much a help shows: everything, which `--help-all` prints and completions and manual pages are made of, or, where that
/// fills more than two screens, the everyday options.
///
/// ArgumentParser makes options anew for each text, and each is asked here then.
enum HelpExtent {
    /// Whether the text that is being made is a short one.
    @TaskLocal static var isShort = false

    /// Two screens.
    static let shortLines = 80

    /// What of a help's text is to be printed for `--help`.
    static func short(_ help: () -> String) -> String {
        let whole = help()
        // Room for the line below.
        guard whole.count(where: \.isNewline) >= shortLines else { return whole }
        return $isShort.withValue(true, operation: help) + "\n  See '--help-all' for all options."
    }
}

/// `--help-all`, where help may be short. It is there to be listed and completed: ``Program`` does what it says, of any command.
struct HelpAllOption: ParsableArguments {
    static let name = "--help-all"

    @Flag(help: "Show help with all options.")
    var helpAll = false
}

extension ArgumentVisibility {
    /// Of options that only `--help-all` shows.
    static var rare: ArgumentVisibility { HelpExtent.isShort ? .hidden : .default }
}

extension ArgumentHelp {
    /// Help of an option, and what stands for its value.
    static func text(_ abstract: String, value: String) -> ArgumentHelp {
        ArgumentHelp("\(abstract)", valueName: value)
    }

    /// Of an option that the short help shows: the first sentence there, with default and values.
    static func everyday(_ abstract: String, value: String) -> ArgumentHelp {
        guard HelpExtent.isShort, let end = abstract.firstRange(of: ". ") else { return .text(abstract, value: value) }
        let rest = abstract[end.upperBound...]
        let facts = rest.firstMatch(of: /\((?:default|values):/).map { " \(rest[$0.range.lowerBound...])" } ?? ""
        return .text("\(abstract[..<end.lowerBound]).\(facts)", value: value)
    }

    /// Of an option that only `--help-all` shows.
    static func rare(_ abstract: String, value: String = "") -> ArgumentHelp {
        ArgumentHelp("\(abstract)", valueName: value, visibility: .rare)
    }

    /// Of a setting.
    static func setting(_ setting: Setting) -> ArgumentHelp {
        setting.isEveryday
            ? .everyday(setting.helpText, value: setting.valueName) : .rare(setting.helpText, value: setting.valueName)
    }
}
