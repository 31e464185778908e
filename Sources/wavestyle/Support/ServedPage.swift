// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Files
import FlyingFox
import Foundation
import LocalServer
import Synchronization

/// How a page is served.
struct ServingOptions: ParsableArguments {
    @Option(help: .text("The port to listen on. (default: 8017, or any that is free)", value: "number"))
    var port: UInt16?

    @Flag(help: "Print the address only, and open no browser.")
    var noBrowser = false
}

/// A page on loopback, until Ctrl-C.
struct ServedPage {
    /// nil for the usual one, or any that is free.
    let port: UInt16?
    let opensBrowser: Bool
    /// Where a private file may lie.
    let folder: String
    /// Bytes that a request may carry.
    let bodyLimit: Int

    private static let usualPort: UInt16 = 8_017

    /// Prints the address on standard output, and answers until a signal comes.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate` where the port cannot be had.
    func serve(_ routes: RoutedHTTPHandler) throws {
        Interruption.listen()
        let limit = bodyLimit
        @Sendable func start(_ port: UInt16?) async throws -> LocalServer {
            try await LocalServer.start(port: port, bodyLimit: limit) { try await routes.handleRequest($0) }
        }
        let server = try blocking { [port] in
            if let port { return try await start(port) }
            do { return try await start(Self.usualPort) } catch { return try await start(nil) }
        }
        try emit("\(server.address)\n")
        let page = "\(folder)/open-page.html"
        defer { unlink(page.cPath) }
        if opensBrowser { openBrowser(server.address, by: page) }
        while !Interruption.hasCome {
            guard !server.hasEnded else {
                throw Failure(.software, "cannot go on", at: server.address, why: "the server has ended")
            }
            Thread.sleep(forTimeInterval: 0.1)
        }
        try blocking { await server.stop() }
    }

    /// Opens a page in a private file that leads there: a program's arguments are no place for a token, as everybody on this machine can see
    /// them.
    private func openBrowser(_ address: String, by page: String) {
        let html = #"<!DOCTYPE html><meta http-equiv="refresh" content="0; url=\#(address)"><title>wavestyle</title>"#
        unlink(page.cPath)
        let file = open(page.cPath, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard file >= 0 else { return }
        let failed = Array(html.utf8).withUnsafeBytes { writeAll($0, to: file) } != nil
        close(file)
        let environment = BundledFont.environmentOfOthers.map { "\($0)=\($1)" }
        guard !failed else { return }
        // It may stay until the browser is closed; in a session of its own, as what a child leaves in its group ends with it.
        Thread.detachNewThread {
            guard
                var opener = try? ChildProcess(
                    "/usr/bin/env", ["env", "setsid", "--wait", "xdg-open", page], environment: environment,
                    errors: .discarded,
                    as: "the browser"),
                opener.wait() == .exited(0)
            else { return Terminal.error.say("Open this address in a browser.") }
        }
    }
}

extension ServedPage {
    /// Keeps others from serving the same folder.
    ///
    /// - Parameter what: is served, as 'studio'.
    /// - Throws: ``Failure`` of kind `cannotCreate`.
    static func lock(_ folder: String, for what: String) throws(Failure) -> OutputLock {
        let file = try OutputFile(path: "\(folder)/\(what.replacing(" ", with: "-"))")
        do throws(Failure) { return try OutputLock(of: file) } catch {
            throw Failure(
                error.kind, "cannot open the \(what)", at: folder, why: "another \(what) is using the folder",
                remedy: "use that one, or choose another --folder")
        }
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
