// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import Foundation
import LocalServer
import StudioLibrary
import Synchronization

/// `wavestyle studio`: the page for musicians.
struct StudioCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "studio",
        abstract: "Open the studio in the browser: sounds, methods, results.",
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

    @Option(help: .text("The port to listen on. (default: 8017, or any that is free)", value: "number"))
    var port: UInt16?

    @Flag(help: "Print the address only, and open no browser.")
    var noBrowser = false

    @OptionGroup var threads: ThreadOptions

    func run() throws {
        let threads = try threads.count()
        let place = folder ?? "\(ProcessInfo.processInfo.environment["HOME"] ?? ".")/wavestyle-studio"
        try Folder.make(place)
        guard let path = OutputFile.resolved(place) else {
            throw Failure(.cannotCreate, "cannot open the studio", at: place, why: "its folder cannot be found")
        }
        // Two of them would run everything twice.
        let lock = try OutputLock(of: OutputFile(path: "\(path)/studio"))
        defer { withExtendedLifetime(lock) {} }
        let library = try StudioLibrary(folder: path)
        try library.removeStrays()
        try library.recover()
        try StudioSounds(library: library).addBundled()

        Interruption.listen()
        let runner = StudioRunner(library: library, news: NewsStream(), threads: threads)
        let studio = StudioServer(library: library, runner: runner, threads: threads)
        let server = try blocking { try await Self.start(port, studio) }
        let ended = runner.start()
        try emit("\(server.address)\n")
        if !noBrowser { openBrowser(server.address, folder: path) }
        while !Interruption.hasCome { Thread.sleep(forTimeInterval: 0.1) }
        Terminal.error.say("The studio ends; what is running goes on at the next start.")
        runner.close()
        ended.wait()
        throw ExitCode(Interruption.exitCode)
    }

    private static func start(_ port: UInt16?, _ studio: StudioServer) async throws -> LocalServer {
        let routes = studio.routes()
        func start(_ port: UInt16?) async throws -> LocalServer {
            try await LocalServer.start(port: port, bodyLimit: StudioSounds.mostBytes) { request in
                try await routes.handleRequest(request)
            }
        }
        if let port { return try await start(port) }
        do { return try await start(8_017) } catch { return try await start(nil) }
    }

    /// Opens a page in a private file that leads there: a program's arguments are no place for a token, as everybody on this machine can see
    /// them.
    private func openBrowser(_ address: String, folder: String) {
        let page = "\(folder)/open-studio.html"
        let html = #"<!DOCTYPE html><meta http-equiv="refresh" content="0; url=\#(address)"><title>wavestyle</title>"#
        unlink(page.cPath)
        let file = open(page.cPath, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        let failed = Array(html.utf8).withUnsafeBytes { writeAll($0, to: file) } != nil
        close(file)
        let environment = ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
        guard !failed,
            var opener = try? ChildProcess(
                "/usr/bin/env", ["env", "xdg-open", page], environment: environment, errors: .discarded,
                as: "the browser"),
            opener.wait() == .exited(0)
        else { return Terminal.error.say("Open this address in a browser.") }
    }
}

/// Waits for what is asynchronous.
private func blocking<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
    let done = DispatchSemaphore(value: 0)
    let result = Mutex<Result<Value, any Error>?>(nil)
    Task {
        let outcome: Result<Value, any Error>
        do { outcome = .success(try await body()) } catch { outcome = .failure(error) }
        result.withLock { $0 = outcome }
        done.signal()
    }
    done.wait()
    guard let value = try result.withLock({ $0 })?.get() else {
        throw Failure(.software, "cannot start", why: "nothing came of it")
    }
    return value
}
