// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import TestSupport
import Testing

/// The folders of a batch: what is a sound in them, how it is called, and where its results go.
@Suite struct BatchFolderTests {
    private let folder: TemporaryFolder
    private let batch =
        "batch --preset clean --weights random-32 --iterations 1 --threads 1 --contents contents --styles styles"

    init() throws {
        folder = try TemporaryFolder()
        for name in ["contents", "styles"] { try Folder.make(folder.file(name)) }
        try TestSounds.write(TestSounds.tone(220, seconds: 0.1), in: folder, "tone.wav")
        try TestSounds.write(TestSounds.tone(440, seconds: 0.1), in: folder, "styles/x.wav")
    }

    /// Runs a script in the folder, where $0 is the program.
    private func shell(_ script: String) throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(["-ec", script, ProgramUnderTest.path], in: folder, executable: "/bin/bash")
    }

    /// Where they are, in an order of their own.
    private func written(_ ended: ProgramUnderTest.Ended) -> Set<String> {
        Set(ended.output.split(separator: "\n").map(String.init))
    }

    @Test func soundsAreKnownByWhatTheyAre() throws {
        let ended = try shell(
            """
            cp tone.wav contents/take.doc; cp tone.wav contents/bare
            for to in mp2 m4a wma webm rf64 wave; do
                case $to in rf64|wave) form='-f wav -rf64 auto' ;; *) form= ;; esac
                ffmpeg -nostdin -v error -i tone.wav -ar 48000 $form contents/f_$to.$to
                echo f_$to $(ffmpeg -nostdin -v error -i contents/f_$to.$to -f f32le -ac 1 -ar 48000 - | wc -c) >> counts
            done
            echo '# Notes' > contents/notes.txt; echo more > contents/more.md; touch contents/empty; echo x > contents/.hidden
            printf '\\x89PNG\\r\\n\\x1a\\n' > contents/cover.png; mkdir contents/deep; ln -s nowhere contents/link; mkfifo contents/pipe
            "$0" \(batch) --output out
            """)
        #expect(ended.status == 0, "\(ended.errors)")
        let names = ["take", "bare", "f_mp2", "f_m4a", "f_wma", "f_webm", "f_rf64", "f_wave"]
        #expect(written(ended) == Set(names.map { "out/\($0)--x.wav" }))
        let counts = String(decoding: try #require(contents(ofFile: folder.file("counts"))), as: UTF8.self)
        for line in counts.split(separator: "\n") {
            let words = line.split(separator: " ")
            let frames = try #require(Double(words[1])) / 4
            let duration = try AudioFile.read(folder.file("out/\(words[0])--x.wav")).duration
            // A frame of MPEG audio may be kept or left out at the start.
            #expect(abs(duration * 48_000 - frames) <= 1_152 && frames >= 4_096, "\(line): \(duration)")
        }
        #expect(counts.split(separator: "\n").count == 6)
        for line in [
            "Skipped in contents: more.md, notes.txt (text, not a sound)",
            "Skipped in contents: empty (an empty file, not a sound)",
            "Skipped in contents: .hidden (hidden)", "Skipped in contents: cover.png (a picture, not a sound)",
            "Skipped in contents: deep (a folder: add --recursive)",
            "Skipped in contents: link (No such file or directory)",
            "Skipped in contents: pipe (not a file)",
        ] {
            #expect(ended.errorLines.contains(line), "\(line) is not in \(ended.errors)")
        }
    }

    @Test func whatIsSkippedIsBounded() throws {
        let ended = try shell(
            #"for i in $(seq 10 60); do echo text > contents/n$i.txt; done; "$0" \#(batch) --output out || exit $?"#)
        #expect(ended.status == 66 && ended.errorLines.count == 1)
        #expect(
            ended.errors.contains("skipped: n10.txt, n11.txt, n12.txt and 48 more (text, not a sound)"),
            "\(ended.errors)")
    }

    @Test func foldersAreKept() throws {
        let ended = try shell(
            """
            mkdir -p contents/one/two contents/other styles/brass/low styles/wood; cp tone.wav contents/a.wav; cp tone.wav contents/one/a.wav
            cp tone.wav contents/one/two/b.wav; cp tone.wav contents/other/a.wav; rm styles/x.wav
            cp tone.wav styles/brass/low/horn.wav; cp tone.wav styles/wood/horn.wav; cp tone.wav styles/wood/oboe.wav
            # Circles, and the results themselves.
            ln -s .. contents/one/up; ln -s . contents/self; ln -s one contents/again
            "$0" \(batch) --output contents/out --recursive; "$0" \(batch) --output contents/out --recursive 2> again.txt
            grep -q '12 already finished' again.txt
            """)
        #expect(ended.status == 0, "\(ended.errors)")
        let styles = ["brass-low-horn.wav", "wood-horn.wav", "oboe"]
        let contents = ["a", "one/a", "one/two/b", "other/a"]
        #expect(
            written(ended)
                == Set(contents.flatMap { content in styles.map { "contents/out/\(content)--\($0).wav" } }))
        #expect(ended.errors.contains("(the results' folder, or searched before)"))
    }

    /// In NFC and NFD, in Latin-1, and with a line's end: each is a file of its own.
    @Test func namesAreBytes() throws {
        let ended = try shell(
            #"""
            for n in 'caf\303\251' 'cafe\314\201' 'caf\351' 'two\nlines'; do name=$(printf "$n"); cp tone.wav "contents/$name.wav"; done
            "$0" \#(batch) --output out > /dev/null
            for n in 'caf\303\251' 'cafe\314\201' 'caf\351' 'two\nlines'; do test -s "$(printf "out/$n--x.wav")"; done
            ls out/*.wav | wc -l; "$0" \#(batch) --output out 2>&1 | grep -c '4 already finished'
            """#)
        // One name is on two lines.
        #expect(ended.status == 0 && ended.output == "5\n1\n", "\(ended.output) \(ended.errors)")
    }

    @Test func oneBrokenFileStopsNobody() throws {
        let ended = try shell(
            """
            for name in a c; do cp tone.wav contents/$name.wav; done; echo text > contents/b.wav; touch contents/d.flac
            "$0" \(batch) --output out --jobs 1 || exit $?
            """)
        #expect(ended.status == 65 && written(ended) == ["out/a--x.wav", "out/c--x.wav"], "\(ended.errors)")
        #expect(ended.errors.contains("2 finished, 2 failed"))
        for name in ["b--x", "d--x"] {
            #expect(
                ended.errorLines.suffix(2).contains { $0.hasPrefix("  \(name): cannot read the audio file") }, "\(name)"
            )
        }
    }

    @Test func noClobberSkipsWhatExists() throws {
        let ended = try shell(
            """
            mkdir out; for name in a b c; do cp tone.wav contents/$name.wav; done; echo old > out/a--x.wav; echo old > out/c--x.wav.json
            "$0" \(batch) --output out --no-clobber || exit $?
            """)
        // The record of `c` is in the way: that pair is refused.
        #expect(ended.status == 73 && ended.output == "out/b--x.wav\n", "\(ended.errors)")
        #expect(ended.errors.contains("Kept, for they exist (--no-clobber): a--x.wav\n"), "\(ended.errors)")
        #expect(contents(ofFile: folder.file("out/a--x.wav")) == Array("old\n".utf8))
        #expect(contents(ofFile: folder.file("out/c--x.wav.json")) == Array("old\n".utf8))
        let again = try shell(#"rm out/c--x.wav.json; "$0" \#(batch) --output out --no-clobber"#)
        #expect(again.status == 0 && again.output == "out/c--x.wav\n", "\(again.errors)")
    }
}
