// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import Listening
import Report
import StudioLibrary

/// `wavestyle listen`: a blind listening test of finished runs.
struct Listen: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "listen",
        abstract: "Serve a blind listening test, or print its results.",
        usage: """
            wavestyle listen RUN ...|DIR --folder DIR [options]
            wavestyle listen DIR
            wavestyle listen --results DIR
            """,
        discussion: """
            The test is made in a folder, from outputs of runs or from folders of them, such as those that compare and batch fill. Runs \
            of one content and one style are compared with each other. Listeners enter a name on the page, hear all sounds at one \
            loudness, in an order of their own and without names, and answer; who comes back goes on. Naming the folder goes on with \
            the test. The page is this machine's alone.

              wavestyle compare --systems mosaic,clean,ulyanov --output duel
              wavestyle listen duel --folder test
              wavestyle listen --results test
            """)

    @Argument(
        help: .text("Outputs of runs, folders of them, or the folder of a test.", value: "run|folder"),
        completion: .file())
    var places: [String]

    @Option(help: .text("The folder of a new test.", value: "folder"), completion: .directory)
    var folder: String?

    @Option(
        help: ArgumentHelp(
            """
            How they answer: mushra, 0 to 100 with a hidden reference and anchors (ITU-R BS.1534); rating, 1 to 5; or ab, one of two. \
            (default: mushra)
            """, valueName: "method"))
    var method: ListeningMethod?

    @Option(
        help: .text("What they judge, one after the other. (default: content,style,quality)", value: "name,..."),
        transform: { text in
            try text.split(separator: ",", omittingEmptySubsequences: false).map { name in
                guard let criterion = Criterion(rawValue: String(name)) else {
                    throw ValidationError("choose from content, style and quality")
                }
                return criterion
            }
        })
    var criteria: [Criterion]?

    @Option(parsing: .unconditional, help: .text("How many listeners are expected. (default: 8)", value: "count"))
    var listeners: Int?

    @Option(parsing: .unconditional, help: .text("Seed of all orders. (default: random)", value: "seed"))
    var seed: UInt64?

    @Flag(help: "Print the results of a test, and write them into its folder: results.html, and CSV files.")
    var results = false

    @Flag(help: "With --results: do not leave out listeners who fail the standard's post-screening.")
    var keepAll = false

    @OptionGroup var serving: ServingOptions
    @OptionGroup var threads: ThreadOptions

    func run() throws {
        let threads = try threads.count()
        if results { return try writeResults(threads: threads) }
        guard !keepAll else { throw Failure.unusable("--keep-all", "it is for --results") }
        let store = try open()
        let lock = try ServedPage.lock(store.folder, for: "listening test")
        defer { withExtendedLifetime(lock) {} }
        try ServedPage(port: serving.port, opensBrowser: !serving.noBrowser, folder: store.folder, bodyLimit: 1 << 20)
            .serve(ListeningServer(store: store).routes())
        let count = Set(try store.answers().map(\.listener)).count
        Terminal.error.say(
            "\(count) listeners have answered. Results: \(CommandLine.command(["listen", "--results", store.folder]))")
        throw ExitCode(Interruption.exitCode)
    }

    /// A test that is there, or a new one.
    private func open() throws -> ListeningStore {
        if places.count == 1, ListeningStore.exists(in: places[0]) {
            let given = [
                "--folder": folder != nil, "--method": method != nil, "--criteria": criteria != nil,
                "--listeners": listeners != nil, "--seed": seed != nil,
            ]
            for (option, isGiven) in given.sorted(by: { $0.key < $1.key }) where isGiven {
                throw Failure.unusable(
                    option, "the test in '\(places[0])' is made already", remedy: "leave it out, or make a new test")
            }
            return try ListeningStore(folder: places[0])
        }
        guard let folder else {
            throw Failure(
                .usage, "cannot make a listening test", why: "--folder is missing",
                remedy: "name a folder for the test, or one that has a test")
        }
        guard !ListeningStore.exists(in: folder) else {
            throw Failure(
                .cannotCreate, "cannot make a listening test", at: folder, why: "there is one in it",
                remedy: "go on with it by naming the folder alone, or choose another --folder")
        }
        let trials = try ListenedRuns(places).trials
        let method = method ?? .mushra
        let seed = seed ?? .random(in: 0...(.max))
        func test(_ trials: [Trial]) throws(Failure) -> ListeningTest {
            try ListeningTest(
                method: method, criteria: criteria ?? Criterion.allCases, listeners: listeners ?? 8, seed: seed,
                trials: trials)
        }
        // What is wrong with it is said before any sound is made.
        _ = try test(trials.map(\.outline))
        try Folder.make(ListeningStore.sounds(in: folder))
        let sounds = ListeningSounds(folder: folder, hasAnchors: method == .mushra)
        do {
            return try ListeningStore(try test(try trials.map { try sounds.trial($0) }), in: folder)
        } catch {
            sounds.remove()
            throw error
        }
    }

    private func writeResults(threads: Int) throws {
        guard places.count == 1 else {
            throw Failure.unusable("--results", "it needs one folder, that of a test")
        }
        let store = try ListeningStore(folder: places[0])
        let results = try ListeningResults(of: store.test, answers: try store.answers(), excludesScreened: !keepAll)
        func write(_ text: String, _ name: String) throws {
            try OutputFile(path: "\(store.folder)/\(name)").write(text: text)
        }
        try write(results.answersCSV, "answers.csv")
        try write(results.summaryCSV, "summary.csv")
        try write(results.comparisonCSV, "comparisons.csv")
        try write(try results.page.html(threads: threads), "results.html")
        try emit(results.markdown)
    }
}

extension ListeningMethod: ExpressibleByArgument {}

extension ListeningResults {
    /// The tables of ``markdown`` as a page.
    var page: Page {
        func section(_ title: String, _ tables: [ResultTable], _ sentences: [String] = []) -> Page.Section {
            var section = Page.Section(title: title)
            section.paragraphs = sentences
            section.tables = tables.map {
                Page.Table(caption: $0.caption, columns: $0.header, rows: $0.rows.map { $0.map(\.shown) })
            }
            return section
        }
        return Page(
            title: "Listening test", introduction: remarks,
            sections: [
                section("Ratings", summaries),
                section("Differences", comparisons, assumptions),
                section("Listeners", [screeningTable].compactMap(\.self)),
            ].filter { !$0.tables.isEmpty })
    }
}
