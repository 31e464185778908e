// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import LocalServer
import StudioLibrary

/// `wavestyle studio`: the page for musicians.
struct StudioCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "studio",
        abstract: "Open the studio, a page in the browser.",
        usage: "wavestyle studio [--folder DIR] [--port N] [--no-browser]",
        discussion: """
            The studio is a page of this machine alone: nothing is sent anywhere, and nobody else can open it. Sounds and results \
            lie in the folder, whatever happens: a run that was interrupted goes on at the next start. Ctrl-C ends it.

              wavestyle studio
              wavestyle studio --folder album --no-browser
            """)

    @Option(
        help: .text(
            "Where sounds and results are kept; created if needed. (default: wavestyle-studio in the home folder)",
            value: "folder"),
        completion: .directory)
    var folder: String?

    @OptionGroup var serving: ServingOptions
    @OptionGroup var threads: ThreadOptions

    func run() throws {
        let threads = try threads.count()
        let place = folder ?? "\(ProcessInfo.processInfo.environment["HOME"] ?? ".")/wavestyle-studio"
        try Folder.make(place)
        guard let path = OutputFile.resolved(place) else {
            throw Failure(.cannotCreate, "cannot open the studio", at: place, why: "its folder cannot be found")
        }
        // Two of them would run everything twice.
        let lock = try ServedPage.lock(path, for: "studio")
        defer { withExtendedLifetime(lock) {} }
        let library = try StudioLibrary(folder: path)
        try library.settle()
        try library.recover()
        try StudioSounds(library: library).addBundled()

        let runner = StudioRunner(library: library, news: NewsStream(), threads: threads)
        let studio = StudioServer(library: library, runner: runner, threads: threads)
        let ended = runner.start()
        try ServedPage(
            port: serving.port, opensBrowser: !serving.noBrowser, folder: path, bodyLimit: StudioSounds.mostBytes
        )
        .serve(studio.routes())
        Terminal.error.say("The studio ends; what is running goes on at the next start.")
        runner.close()
        ended.wait()
        throw ExitCode(Interruption.exitCode)
    }
}
