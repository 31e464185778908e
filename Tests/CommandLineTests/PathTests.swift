// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import TestSupport
import Testing

/// Files and folders whose names are bytes that are not UTF-8.
@Suite struct PathTests {
    private let sounds: TestSounds

    init() throws { sounds = try TestSounds() }

    /// A name that Latin-1 has for 'schön', before an ending.
    private func name(_ ending: String) -> String {
        String(path: Array("sch".utf8) + [0xF6] + Array("n\(ending)".utf8))
    }

    /// Runs a script in the folder, where $0 is the program and $n the name's part before the ending.
    private func shell(_ script: String) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(
            ["-ec", #"n=$(printf 'sch\366n'); "# + script, ProgramUnderTest.path], in: sounds.folder,
            executable: "/bin/sh")
    }

    @Test func soundsRecordsAndReports() throws {
        let ended = try shell(
            """
            mkdir "d$n"; mv content.wav "d$n/$n.wav"
            "$0" --content "d$n/$n.wav" --style style.wav --output "$n.flac" --preset clean --iterations 1 --trace "$n.jsonl" \
                --snapshots 1 --weights random-32 --report "$n.html" > printed
            printf '%s\\n' "$n.flac" | cmp - printed
            test -s "$n.flac.json" && test -s "$n.iteration1.flac" && test -s "$n.jsonl" && test -s "$n.html"
            "$0" report "$n.flac" --output again.html
            "$0" plot --trace "$n.jsonl" --output "$n.png" && test -s "$n.png"
            """)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(try AudioFile.read(sounds.folder.file(name(".flac"))).duration == 0.25)
        // The record names the files, and finds them.
        let json = try #require(contents(ofFile: sounds.folder.file(name(".flac.json"))))
        let record = try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
        #expect(record["output"] as? String == name(".flac"))
    }

    @Test func weightsAreCreatedAndParsedInAChild() throws {
        let ended = try shell(
            """
            "$0" weights create --seed 1 --width 8 --layers 3 --output "$n.h5" && test -s "$n.h5"
            "$0" weights inspect "$n.h5" > inspected
            "$0" encode content.wav --weights "$n.h5" --layers relu1:1 --output "a$n.h5" && test -s "a$n.h5"
            """)
        #expect(ended.status == 0, "\(ended.errors)")
    }

    @Test func foldersAreWalked() throws {
        let ended = try shell(
            """
            mkdir "i$n" like; mv content.wav "i$n/$n.wav"; mv style.wav like/x.wav
            "$0" batch --contents "i$n" --styles like --output "o$n" --preset clean --iterations 1 --weights random-32 > printed
            printf '%s\\n' "o$n/$n--x.wav" | cmp - printed && test -s "o$n/$n--x.wav"
            "$0" compare --content "i$n/$n.wav" --style like/x.wav --iterations 1 --output "c$n" --quiet
            test -s "c$n/index.html"
            """)
        #expect(ended.status == 0, "\(ended.errors)")
    }

    @Test func messagesShowTheBytes() throws {
        let ended = try shell(#""$0" --content "$n.wav" --style style.wav"#)
        #expect(ended.status == 66)
        #expect(ended.errors.contains(#"'sch\xf6n.wav': there is no such file"#), "\(ended.errors)")
    }
}
