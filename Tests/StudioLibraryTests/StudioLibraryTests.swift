// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import GRDB
import TestSupport
import Testing

@testable import StudioLibrary

@Suite final class StudioLibraryTests {
    private let temporary: TemporaryFolder
    private var folder: String { temporary.path }

    init() throws { temporary = try TemporaryFolder() }

    private func sound(_ name: String) -> KeptSound {
        KeptSound(
            name: name, file: "\(name).wav", origin: .upload, seconds: 2, rate: 16_000, channels: 1, loudness: -20,
            peak: 0.5)
    }

    private func run(_ title: String, in library: StudioLibrary) throws -> KeptRun {
        try library.add(
            KeptRun(
                title: title, content: KeptRun.Source(id: 1, name: "Voice"),
                styles: [KeptRun.Source(id: 2, name: "Flute")], preset: "mosaic", changed: "{}"))
    }

    private func id(_ run: KeptRun) throws -> Int64 { try #require(run.id) }

    private func finish(
        _ id: Int64, in library: StudioLibrary, at seconds: Double = 0, _ change: (inout KeptRun) -> Void = { _ in }
    )
        throws
    {
        try library.change(run: id) { run in
            (run.state, run.finished) = (.finished, Date(timeIntervalSince1970: seconds))
            change(&run)
        }
    }

    @Test func whatIsAddedIsThereAgain() throws {
        let first = try StudioLibrary(folder: folder)
        #expect(try first.hasNoSounds())
        let kept = try first.add(sound("a"))
        let added = try run("One", in: first)
        let again = try StudioLibrary(folder: folder)
        #expect(try again.sounds().map(\.name) == ["a"])
        #expect(try again.sound(try #require(kept.id))?.file == "a.wav")
        #expect(try again.run(try id(added))?.title == "One")
        #expect(try !again.hasNoSounds())
    }

    @Test func theQueueKeepsItsOrder() throws {
        let library = try StudioLibrary(folder: folder)
        let ids = try ["a", "b", "c", "d"].map { try id(try run($0, in: library)) }
        // Unknown numbers and repetitions change nothing; what is not named comes last.
        #expect(try library.reorder([ids[3], ids[1], 99, ids[1]]) == [ids[3], ids[1], ids[0], ids[2]])
        #expect(try library.takeNext()?.id == ids[3])
        #expect(try library.queue().map(\.id) == [ids[3], ids[1], ids[0], ids[2]])
        #expect(try library.enqueue(ids[2])?.state == .waiting)
        #expect(try library.takeNext()?.id == ids[2])
    }

    @Test func whatRanWhenTheServerWasKilledComesFirst() throws {
        let ids: [Int64]
        do {
            let library = try StudioLibrary(folder: folder)
            ids = try ["a", "b"].map { try id(try run($0, in: library)) }
            _ = try library.reorder([ids[1], ids[0]])
            _ = try library.takeNext()
            _ = try run("c", in: library)
        }
        let library = try StudioLibrary(folder: folder)
        try library.recover()
        #expect(try library.queue().map(\.title) == ["b", "a", "c"])
        #expect(try library.queue().allSatisfy { $0.state == .waiting })
        #expect(try library.takeNext()?.id == ids[1])
    }

    @Test func resultsAreFoundAndOrdered() throws {
        let library = try StudioLibrary(folder: folder)
        for (index, title) in ["Éclair", "bells", "100 % rain_"].enumerated() {
            try finish(try id(try run(title, in: library)), in: library, at: Double(index)) { run in
                run.rating = [nil, 5, 2][index]
                run.seconds = [3, 1, 2][index]
                run.note = index == 1 ? "For the second song" : ""
            }
        }
        _ = try run("waits", in: library)
        func titles(_ search: String, _ order: StudioLibrary.Order = .newest) throws -> [String] {
            try library.results(search: search, order: order).runs.map(\.title)
        }
        #expect(try titles("") == ["100 % rain_", "bells", "Éclair"])
        #expect(try titles("", .oldest) == ["Éclair", "bells", "100 % rain_"])
        #expect(try titles("", .rating) == ["bells", "100 % rain_", "Éclair"])
        #expect(try titles("", .longest) == ["Éclair", "100 % rain_", "bells"])
        // In any case, in notes and names, all words; and signs that mean something to SQL mean themselves.
        #expect(try titles("éCLAIR") == ["Éclair"])
        #expect(try titles("song second") == ["bells"])
        #expect(try titles("flute voice mosaic").count == 3)
        #expect(try titles("%") == ["100 % rain_"])
        #expect(try titles("_") == ["100 % rain_"])
        #expect(try titles("' OR 1=1 --").isEmpty)
        #expect(try library.results(offset: 1, limit: 1).runs.map(\.title) == ["bells"])
        #expect(try library.results(offset: 1, limit: 1).total == 3)
    }

    @Test func theBinGivesBackOrDestroys() throws {
        let library = try StudioLibrary(folder: folder)
        let used = try library.add(sound("used"))
        let free = try library.add(sound("free"))
        for sound in [used, free] { try OutputFile(path: library.path(of: sound)).write(text: "x") }
        let (one, other) = (try id(try run("one", in: library)), try id(try run("other", in: library)))
        for id in [one, other] {
            try finish(id, in: library)
            for suffix in ["wav", "wav.json", "jsonl", "iteration3.wav"] {
                try OutputFile(path: "\(folder)/results/\(id).\(suffix)").write(text: "x")
            }
        }
        #expect(try library.bin(run: one))
        #expect(try !library.bin(run: 99))
        for sound in [used, free] { _ = try library.bin(sound: try #require(sound.id)) }
        #expect(try library.results().runs.map(\.title) == ["other"])
        #expect(try library.bin().runs.map(\.title) == ["one"])
        #expect(try library.counts() == (results: 1, bin: 3))
        #expect(try library.bin(run: one, false))
        #expect(try library.results().total == 2)

        _ = try library.bin(run: one)
        let gone = try library.emptyBin()
        #expect(gone.runs == [one])
        // Of a sound that a result was made of, the file stays: sound 1 is the content of both runs.
        #expect(gone.sounds == [])
        #expect(Set(Folder.names(in: "\(folder)/results") ?? []).allSatisfy { $0.hasPrefix("\(other).") })
        #expect(Folder.names(in: "\(folder)/results")?.count == 4)
        _ = try library.bin(run: other)
        #expect(try Set(library.emptyBin().sounds) == Set([used.id, free.id].compactMap(\.self)))
        #expect(Folder.names(in: "\(folder)/sounds") == [])
        #expect(try library.counts() == (results: 0, bin: 0))
    }

    @Test func whatWasOnItsWayIsSettledAndNothingElseTouched() throws {
        let kept: KeptSound
        do {
            let library = try StudioLibrary(folder: folder)
            // Killed between the database and the file.
            let incoming = library.newFile(for: "Kept", extension: "wav")
            kept = try library.add(
                KeptSound(
                    name: "Kept", file: StudioLibrary.keptName(of: incoming), origin: .upload, seconds: 1, rate: 16_000,
                    channels: 1, loudness: nil, peak: 0))
            for path in [incoming, library.newFile(for: "lost", extension: "exe")] {
                try OutputFile(path: path).write(text: "x")
            }
        }
        let foreign = ["sounds/mine.wav", "results/thesis.wav", "notes.txt"].map { "\(folder)/\($0)" }
        for path in foreign + ["\(folder)/results/.wavestyle-1.partial"] { try OutputFile(path: path).write(text: "x") }
        let library = try StudioLibrary(folder: folder)
        try library.settle()
        #expect(fileExists(library.path(of: kept)))
        #expect(foreign.allSatisfy(fileExists))
        #expect(Folder.names(in: "\(folder)/sounds")?.count == 2)
        #expect(Folder.names(in: "\(folder)/results") == ["thesis.wav"])
    }

    @Test func aFilesNameIsPlain() throws {
        let library = try StudioLibrary(folder: folder)
        for name in ["../../x", "<b>é</b>", "", "a/b c", String(repeating: "long", count: 100)] {
            let file = StudioLibrary.keptName(of: library.newFile(for: name, extension: "../sh"))
            #expect(file.wholeMatch(of: /[A-Za-z0-9-]+\.sound/) != nil && file.count < 80)
        }
        #expect(StudioLibrary.keptName(of: library.newFile(for: "My voice", extension: "flac")).hasPrefix("My-voice-"))
    }

    @Test func resultsOfAnotherDatabaseAreNotOverwritten() throws {
        do {
            let library = try StudioLibrary(folder: folder)
            _ = try run("old", in: library)
        }
        try OutputFile(path: "\(folder)/results/41.wav").write(text: "x")
        for name in ["studio.sqlite", "studio.sqlite-wal", "studio.sqlite-shm"] { unlink("\(folder)/\(name)".cPath) }
        #expect(try id(try run("new", in: StudioLibrary(folder: folder))) == 42)
    }

    @Test func aRunningRunIsNeitherBinnedNorChangedFromAnotherState() throws {
        let library = try StudioLibrary(folder: folder)
        let one = try id(try run("one", in: library))
        _ = try library.takeNext()
        #expect(try !library.bin(run: one))
        #expect(try library.change(run: one, in: [.waiting]) { $0.state = .paused } == nil)
        #expect(try library.enqueue(one) == nil)
        #expect(try library.run(one)?.state == .running)
        try finish(one, in: library)
        #expect(try library.enqueue(one) == nil)
    }

    @Test func aNewerLibraryIsLeftAlone() throws {
        do { _ = try StudioLibrary(folder: folder) }
        let database = try DatabaseQueue(path: "\(folder)/studio.sqlite")
        try database.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('of the future')") }
        let failure = #expect(throws: Failure.self) { _ = try StudioLibrary(folder: folder) }
        #expect(failure?.why.contains("newer version") == true)
    }

    @Test func aFolderThatHoldsSomethingElseIsRefused() throws {
        try OutputFile(path: "\(folder)/studio.sqlite").write(text: String(repeating: "no database ", count: 1_000))
        let failure = #expect(throws: Failure.self) { _ = try StudioLibrary(folder: folder) }
        #expect(failure?.kind == .badData)
    }

    @Test(arguments: [
        ("../../x", "../../x"), ("<script>", "<script>"), ("", "untitled"), (" \t\n", "untitled"),
        ("a\u{0}b\u{1B}[31m\u{202E}c", "a b [31m c"), ("line\nend", "line end"), ("👩‍🚀 é", "👩‍🚀 é"),
    ])
    func namesAreTextAndNothingElse(_ given: String, _ kept: String) {
        #expect(KeptText.name(given) == kept)
    }

    @Test func longTextsAreCut() {
        #expect(KeptText.name(String(repeating: "x", count: 10_000)).count == KeptText.longestName)
        #expect(KeptText.note(String(repeating: "y\n", count: 10_000)).count == KeptText.longestNote)
        #expect(KeptText.note("two\nlines\u{7}\n") == "two\nlines")
    }
}
