// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation

/// `wavestyle generate-manual`: the manual pages, for `make install`. No help lists it.
struct GenerateManual: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "generate-manual",
        abstract: "Write the manual pages: wavestyle.1, and one of each subcommand.",
        discussion: "Their date is that of this version, or SOURCE_DATE_EPOCH.",
        shouldDisplay: false)

    @Argument(help: .text("The folder to write to; created if needed.", value: "folder"), completion: .directory)
    var folder: String

    func run() throws {
        let date = try date()
        let folder = try OutputFolder(folder)
        for (command, usage) in try CommandDescription.all() {
            try OutputFile(path: folder.file("\(command.pageName).1"))
                .write(text: ManualPage(of: command, usage: usage, date: date).text)
        }
    }

    /// As 2026-11-30.
    private func date() throws(Failure) -> String {
        let name = "SOURCE_DATE_EPOCH"
        guard let text = ProcessInfo.processInfo.environment[name], !text.isEmpty else { return Wavestyle.date }
        // To the end of year 9999.
        guard let seconds = Int(text), (0..<253_402_300_800).contains(seconds) else {
            throw Failure.unusable("\(name)=\(text)", "it must be a number of seconds since 1970")
        }
        return Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601.year().month().day())
    }
}
