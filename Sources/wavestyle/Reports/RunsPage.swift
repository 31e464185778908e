// SPDX-License-Identifier: Apache-2.0
import Files
import Report

/// A page of one run, or of several.
struct RunsPage {
    var title: String
    var introduction: [String] = []
    /// Before the runs.
    var overview: [Page.Section] = []
    var runs: [(name: String, section: RunSection)]
}

extension RunsPage {
    /// Runs one after the other, and side by side where they are of one content and one style.
    init(title: String, of runs: [(name: String, run: FinishedRun)], threads: Int) throws {
        let together = SideBySide.fits(runs.map(\.run))
        self.init(
            title: title,
            overview: together ? [try SideBySide(runs, threads: threads).section("Side by side")] : [],
            runs: try runs.map { ($0.name, try RunSection($0.run, besideOthers: together, threads: threads)) })
    }

    /// Writes the page.
    func write(to file: OutputFile, threads: Int) throws { try file.write(text: try html(threads: threads)) }

    func html(threads: Int) throws -> String {
        let page = Page(
            title: title, introduction: introduction,
            sections: overview + runs.map { $0.section.section($0.name) })
        return try page.html(threads: threads)
    }
}
