// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// `wavestyle studio` and `wavestyle listen` as a page meets them.
@Suite struct StudioTests {
    @Test func aTransferFromUploadToExport() throws {
        let sounds = try TestSounds(seconds: 0.5)
        let studio = try ServedProgram(["studio", "--folder", sounds.folder.file("studio")], in: sounds.folder)
        let state = try studio.get("/api/state")
        #expect(state["sounds"].items.map { $0["name"].text } == ["Voice", "Flute"])
        #expect(state["presets"].items.contains { $0["name"].text == "mosaic" && $0["isCard"].flag == true })

        let content = try studio.upload(sounds.content, as: "content.wav")
        let style = try studio.upload(sounds.style, as: "../../x")
        #expect(content["seconds"].number == 0.5 && style["name"].text == "../../x")
        #expect(try studio.bytes("/api/sounds/\(content.id)/audio").starts(with: Array("fLaC".utf8)))
        #expect(try studio.bytes("/api/sounds/\(content.id)/spectrogram").starts(with: [0x89, 0x50, 0x4E, 0x47]))
        let cut = try studio.post("/api/sounds/\(content.id)/cut", #"{"start": 0.1, "end": 0.4}"#)
        #expect(abs(cut["seconds"].number - 0.3) < 1e-3)

        let order =
            #"{"content": \#(content.id), "styles": [{"sound": \#(style.id), "weight": 1}], "preset": "mosaic", "settings": {"blend": 0.4}}"#
        let estimate = try studio.post("/api/estimate", order)
        #expect(estimate["seconds"].number > 0 && estimate["memory"].number > 1e6)
        let run = try studio.post("/api/runs", order)
        let finished = try studio.run(run.id, until: ["finished", "failed"])
        #expect(finished["state"].text == "finished" && finished["hasResult"].flag)
        #expect(finished["changed"]["blend"].number == 0.4)

        // As the command line makes it.
        let command = try ProgramUnderTest.run(
            [
                "--content", sounds.content, "--style", sounds.style, "--preset", "mosaic", "--blend", "0.4",
                "--output",
                sounds.folder.file("same.wav"), "--quiet",
            ], in: sounds.folder)
        #expect(command.status == 0)
        let same = try AudioFile.read(sounds.folder.file("same.wav"))
        let wav = try studio.bytes("/api/runs/\(run.id)/export?format=wav")
        try Data(wav).write(to: URL(fileURLWithPath: sounds.folder.file("exported.wav")))
        #expect(try AudioFile.read(sounds.folder.file("exported.wav")) == same)
        for (format, start) in [("flac", Array("fLaC".utf8)), ("mp3", [0xFF])] {
            let bytes = try studio.bytes("/api/runs/\(run.id)/export?format=\(format)")
            #expect(bytes.starts(with: start) || bytes.starts(with: Array("ID3".utf8)))
            let path = sounds.folder.file("exported.\(format)")
            try Data(bytes).write(to: URL(fileURLWithPath: path))
            #expect(abs(try AudioFile.read(path).duration - same.duration) < 0.1)
        }
        #expect(
            String(decoding: try studio.bytes("/api/runs/\(run.id)/record"), as: UTF8.self).contains(
                #""preset" : "mosaic""#))

        let rated = try studio.send(
            "PATCH", "/api/runs/\(run.id)", #"{"rating": 4, "note": "A <b>note</b>", "title": "Mine"}"#)
        #expect(rated["rating"].number == 4)
        #expect(try studio.send("PATCH", "/api/runs/\(run.id)", #"{"rating": null}"#)["rating"].isNull)
        #expect(try studio.get("/api/runs?search=mine%20NOTE")["total"].number == 1)
        #expect(try studio.get("/api/runs?search=nothing")["total"].number == 0)
        let page = String(decoding: try studio.bytes("/compare?runs=\(run.id)"), as: UTF8.self)
        #expect(page.contains("<!DOCTYPE html>") && page.contains("Mine"))
        let again = try studio.post("/api/runs/\(run.id)/sound", "{}")
        #expect(again["origin"].text == "result" && again["name"].text == "Mine")

        _ = try studio.send("DELETE", "/api/runs/\(run.id)", "{}")
        #expect(try studio.get("/api/runs")["total"].number == 0)
        _ = try studio.post("/api/bin/restore", #"{"runs": [\#(run.id)]}"#)
        #expect(try studio.get("/api/runs")["total"].number == 1)
        _ = try studio.send("DELETE", "/api/runs/\(run.id)", "{}")
        _ = try studio.send("DELETE", "/api/bin", "{}")
        #expect(try studio.status("GET", "/api/runs/\(run.id)") == 404)
        #expect(!fileExists(sounds.folder.file("studio/results/\(run.id).wav")))
        #expect(try studio.end() == 130)
    }

    /// Long enough to be stopped, short enough to wait for.
    private func order(_ content: JSONValue, _ style: JSONValue, iterations: Int = 40) -> String {
        """
        {"content": \(content.id), "styles": [{"sound": \(style.id), "weight": 1}], "preset": "clean", \
        "settings": {"iterations": \(iterations)}}
        """
    }

    @Test func aRunIsPausedResumedStoppedAndFinished() throws {
        let sounds = try TestSounds(seconds: 0.5)
        let studio = try ServedProgram(
            ["studio", "--folder", sounds.folder.file("studio"), "--threads", "1"], in: sounds.folder)
        let (content, style) = (try studio.upload(sounds.content, as: "c"), try studio.upload(sounds.style, as: "s"))
        let run = try studio.post("/api/runs", order(content, style))
        _ = try studio.wait("no iteration") {
            try studio.get("/api/runs/\(run.id)")["progress"]["iteration"].number >= 2
        }
        _ = try studio.post("/api/runs/\(run.id)/pause", "{}")
        let paused = try studio.run(run.id, until: ["paused"])
        #expect(paused["canResume"].flag)
        #expect(paused["losses"].items.count > 2)
        // Another one comes first meanwhile.
        let other = try studio.post("/api/runs", order(content, style, iterations: 2))
        #expect(try studio.run(other.id, until: ["finished", "failed"])["state"].text == "finished")
        _ = try studio.post("/api/runs/\(run.id)/resume", "{}")
        _ = try studio.wait("it does not go on") { try studio.get("/api/runs/\(run.id)")["state"].text == "running" }
        _ = try studio.post("/api/runs/\(run.id)/stop", "{}")
        let stopped = try studio.run(run.id, until: ["stopped", "finished"])
        #expect(stopped["hasResult"].flag)
        if stopped["state"].text == "stopped" { _ = try studio.post("/api/runs/\(run.id)/resume", "{}") }
        let finished = try studio.run(run.id, until: ["finished", "failed"])
        #expect(finished["state"].text == "finished")
        #expect(finished["losses"].items.count == 41)
        #expect(!finished["snapshots"].items.isEmpty)
        #expect(try studio.status("POST", "/api/runs/\(run.id)/pause") == 409)

        // As without a break.
        let command = try ProgramUnderTest.run(
            [
                "--content", sounds.content, "--style", sounds.style, "--preset", "clean", "--iterations", "40",
                "--threads",
                "1", "--output", sounds.folder.file("same.wav"), "--quiet",
            ], in: sounds.folder)
        #expect(command.status == 0)
        let result = sounds.folder.file("studio/results/\(run.id).wav")
        #expect(try AudioFile.read(result) == AudioFile.read(sounds.folder.file("same.wav")))
    }

    @Test func aKilledServerLosesNothing() throws {
        let sounds = try TestSounds(seconds: 0.5)
        let arguments = ["studio", "--folder", sounds.folder.file("studio"), "--threads", "1"]
        let run: Int
        do {
            let studio = try ServedProgram(arguments, in: sounds.folder)
            let (content, style) = (
                try studio.upload(sounds.content, as: "c"), try studio.upload(sounds.style, as: "s")
            )
            run = try studio.post("/api/runs", order(content, style)).id
            _ = try studio.send("PATCH", "/api/runs/\(run)", #"{"rating": 5}"#)
            _ = try studio.wait("no iteration") {
                try studio.get("/api/runs/\(run)")["progress"]["iteration"].number >= 2
            }
            studio.kill()
        }
        let studio = try ServedProgram(arguments, in: sounds.folder)
        #expect(try studio.get("/api/state")["sounds"].items.count == 4)
        let finished = try studio.run(run, until: ["finished", "failed"])
        #expect(finished["state"].text == "finished" && finished["rating"].number == 5)
        // A second studio would run everything twice.
        let second = try ProgramUnderTest.run(arguments + ["--no-browser"], in: sounds.folder)
        #expect(second.status == 73)
        #expect(second.errors.contains("another studio is using the folder"))
    }

    @Test(arguments: [
        ("/api/sounds?name=x.wav", "application/octet-stream", "no sound", 422),
        ("/api/runs", "application/json", #"{"content": 1, "styles": [], "preset": "mosaic"}"#, 422),
        (
            "/api/runs", "application/json",
            #"{"content": 1, "styles": [{"sound": 1, "weight": 0}], "preset": "mosaic"}"#, 422
        ),
        (
            "/api/runs", "application/json",
            #"{"content": 99, "styles": [{"sound": 1, "weight": 1}], "preset": "mosaic"}"#, 404
        ),
        (
            "/api/runs", "application/json",
            #"{"content": 1, "styles": [{"sound": 1, "weight": 1}], "preset": "/etc/passwd"}"#, 422
        ),
        (
            "/api/runs", "application/json",
            #"{"content": 1, "styles": [{"sound": 1, "weight": 1}], "preset": "mosaic", "settings": {"blend": 2}}"#, 422
        ),
        (
            "/api/runs", "application/json",
            #"{"content": 1, "styles": [{"sound": 1, "weight": 1}], "preset": "mosaic", "settings": {"output": "/tmp/x"}}"#,
            400
        ),
        (
            "/api/runs", "application/json",
            #"{"content": 1, "styles": [{"sound": 1, "weight": 1}], "preset": "mosaic", "settings": {"blend": "--output=/tmp/x"}}"#,
            422
        ),
        ("/api/settings", "application/json", #"{"preset": "mosaic", "settings": {"iterations": 3}}"#, 422),
        ("/api/sounds/1/cut", "application/json", #"{"start": 2, "end": 1}"#, 422),
        ("/api/sounds/1/cut", "application/json", #"{"start": -1, "end": 1}"#, 422),
        ("/api/runs/1/export", "application/json", "{}", 404),
    ])
    func whatCannotBeDoneIsSaid(_ path: String, _ type: String, _ body: String, _ status: Int) throws {
        let folder = try TemporaryFolder()
        let studio = try ServedProgram(["studio", "--folder", folder.file("studio")], in: folder)
        let answer = try studio.answer("POST", path, Data(body.utf8), type: type)
        #expect(answer.status == status)
        #expect(!(try JSONValue(answer.bytes)["error"]["text"].text.isEmpty))
        #expect(Folder.names(in: folder.file("studio/sounds"))?.count == 2)
    }

    @Test func aListeningTestWithThreeListeners() throws {
        let sounds = try TestSounds(seconds: 0.5)
        for mode in ["grains", "tonal"] {
            let made = try ProgramUnderTest.run(
                [
                    "--content", sounds.content, "--style", sounds.style, "--preset", "mosaic-\(mode)", "--output",
                    sounds.folder.file("runs/\(mode).wav"), "--quiet",
                ],
                in: try {
                    try Folder.make(sounds.folder.file("runs")); return sounds.folder
                }())
            try #require(made.status == 0)
        }
        let test = sounds.folder.file("test")
        var presented: JSONValue
        do {
            let listening = try ServedProgram(
                ["listen", sounds.folder.file("runs"), "--folder", test, "--listeners", "3", "--seed", "1"],
                in: sounds.folder)
            #expect(try listening.get("/api/test")["pages"].number == 3)
            for name in ["Ann", "Ben"] { try listening.answerAll(name, rating: { $0 }) }
            presented = try listening.post("/api/listeners", #"{"name": "Cid"}"#)
            // Nothing says who made what.
            #expect(!presented.json.contains("grains") && !presented.json.contains("wav"))
            try listening.answer("Cid", presented["presentation"]["pages"].items[0], rating: { $0 })
            #expect(try listening.status("POST", "/api/answers", #"{"listener": "Dan", "page": "style.1"}"#) == 404)
            #expect(
                try listening.status("POST", "/api/answers", #"{"listener": "Ann", "page": "style.1", "ratings": {}}"#)
                    == 422)
            listening.kill()
        }
        let again = try ServedProgram(["listen", test], in: sounds.folder)
        let returned = try again.post("/api/listeners", #"{"name": "Cid"}"#)
        #expect(returned["presentation"].json == presented["presentation"].json)
        #expect(returned["answers"].items.count == 1)
        for page in returned["presentation"]["pages"].items.dropFirst() {
            try again.answer("Cid", page, rating: { $0 })
        }
        #expect(try again.end() == 130)

        let results = try ProgramUnderTest.run(["listen", "--results", test, "--keep-all"], in: sounds.folder)
        #expect(results.status == 0)
        #expect(results.output.contains("given by 3 blind testers"))
        #expect(results.output.contains("| mosaic-grains |") && results.output.contains("Wilcoxon"))
        for name in ["answers.csv", "summary.csv", "comparisons.csv", "results.html"] {
            #expect(!(contents(ofFile: "\(test)/\(name)") ?? []).isEmpty)
        }
        let refused = try ProgramUnderTest.run(
            ["listen", sounds.folder.file("runs"), "--folder", test], in: sounds.folder)
        #expect(refused.status == 73 && refused.errors.contains("there is one in it"))
    }
}

/// A program that serves, and what it answers.
final class ServedProgram {
    private let process = Process()
    private let base: String
    private let token: String

    init(_ arguments: [String], in folder: TemporaryFolder) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: ProgramUnderTest.path)
        process.arguments = arguments + ["--no-browser", "--port", "0"]
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        process.environment = ProcessInfo.processInfo.environment.merging(["HOME": folder.path]) { $1 }
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = ""
        while !line.hasSuffix("\n") {
            let bytes = output.fileHandleForReading.availableData
            try #require(!bytes.isEmpty, "the program printed no address")
            line += String(decoding: bytes, as: UTF8.self)
        }
        let address = try #require(line.wholeMatch(of: /(http:\/\/127\.0\.0\.1:\d+)\/(\w+)\/\n/))
        (base, token) = (String(address.1), String(address.2))
    }

    deinit {
        if process.isRunning { kill() }
    }

    func kill() {
        Glibc.kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
    }

    /// Ctrl-C, and the exit code.
    func end() throws -> Int32 {
        process.interrupt()
        process.waitUntilExit()
        return process.terminationStatus
    }

    func answer(_ method: String, _ path: String, _ body: Data? = nil, type: String = "application/json") throws
        -> (status: Int, bytes: [UInt8])
    {
        var request = URLRequest(url: try #require(URL(string: base + path)), timeoutInterval: 60)
        request.httpMethod = method
        request.httpBody = body
        request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization")
        request.setValue(type, forHTTPHeaderField: "Content-Type")
        let done = DispatchSemaphore(value: 0)
        nonisolated(unsafe) var result: (Data?, URLResponse?, (any Error)?)
        URLSession.shared.dataTask(with: request) {
            result = ($0, $1, $2)
            done.signal()
        }.resume()
        done.wait()
        if let error = result.2 { throw error }
        return (try #require(result.1 as? HTTPURLResponse).statusCode, Array(result.0 ?? Data()))
    }

    func status(_ method: String, _ path: String, _ body: String = "{}") throws -> Int {
        try answer(method, path, method == "GET" ? nil : Data(body.utf8)).status
    }

    func bytes(_ path: String) throws -> [UInt8] {
        let answer = try answer("GET", path)
        try #require(answer.status == 200, "\(path): \(answer.status)")
        return answer.bytes
    }

    func get(_ path: String) throws -> JSONValue { try JSONValue(bytes(path)) }
    func post(_ path: String, _ body: String) throws -> JSONValue { try send("POST", path, body) }

    func send(_ method: String, _ path: String, _ body: String) throws -> JSONValue {
        let answer = try answer(method, path, Data(body.utf8))
        try #require(answer.status < 300, "\(path): \(answer.status) \(String(decoding: answer.bytes, as: UTF8.self))")
        return try JSONValue(answer.bytes)
    }

    func upload(_ file: String, as name: String) throws -> JSONValue {
        let bytes = try contents(ofFile: file, or: "cannot upload")
        let named = name.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
        let answer = try answer("POST", "/api/sounds?name=\(named)", Data(bytes), type: "application/octet-stream")
        try #require(answer.status == 201)
        return try JSONValue(answer.bytes)
    }

    /// A run once it is in one of some states.
    func run(_ id: Int, until states: [String]) throws -> JSONValue {
        try wait("run \(id) does not become \(states)") { states.contains(try get("/api/runs/\(id)")["state"].text) }
        return try get("/api/runs/\(id)")
    }

    func wait(_ what: String, until condition: () throws -> Bool) throws {
        let end = Date() + 120
        while try !condition() {
            try #require(Date() < end, "\(what)")
            usleep(20_000)
        }
    }

    /// Answers a page of a listening test.
    func answer(_ listener: String, _ page: JSONValue, rating: (Int) -> Int) throws {
        let ratings = page["stimuli"].items.enumerated().map { #""\#($1["id"].text)": \#(50 + rating($0))"# }
        let body =
            #"{"listener": "\#(listener)", "page": "\#(page["id"].text)", "ratings": {\#(ratings.joined(separator: ","))}}"#
        _ = try post("/api/answers", body)
    }

    func answerAll(_ listener: String, rating: (Int) -> Int) throws {
        let entered = try post("/api/listeners", #"{"name": "\#(listener)"}"#)
        for page in entered["presentation"]["pages"].items { try answer(listener, page, rating: rating) }
    }
}

/// JSON, read without ceremony: what is not there is null.
struct JSONValue {
    private let value: Any?

    init(_ bytes: [UInt8]) throws {
        value = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
    }
    private init(_ value: Any?) { self.value = value }

    subscript(name: String) -> JSONValue { JSONValue((value as? [String: Any])?[name]) }
    var items: [JSONValue] { (value as? [Any] ?? []).map { JSONValue($0) } }
    var text: String { value as? String ?? "" }
    /// -1 where there is none.
    var number: Double { (value as? NSNumber)?.doubleValue ?? -1 }
    var flag: Bool { (value as? NSNumber)?.boolValue ?? false }
    var isNull: Bool { value == nil || value is NSNull }
    var id: Int { Int(self["id"].number) }
    /// With sorted keys.
    var json: String {
        let data = value.flatMap {
            try? JSONSerialization.data(withJSONObject: $0, options: [.sortedKeys, .fragmentsAllowed])
        }
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}
