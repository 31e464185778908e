// SPDX-License-Identifier: Apache-2.0
import AudioIO
import Files
import Foundation
import TestSupport
import Testing

/// Where outputs go: standard output, pipes, long names, and files that are there already.
@Suite struct OutputPathTests {
    private let sounds: TestSounds
    private let words = "--content content.wav --style style.wav --preset clean --weights random-32 --iterations 1"

    init() throws { sounds = try TestSounds() }

    /// Runs a script in the folder, where $0 is the program and $t its words.
    private func shell(_ script: String, in shell: String = "/bin/bash") throws -> ProgramUnderTest.Ended {
        try ProgramUnderTest.run(
            ["-ec", "t='\(words)'; " + script, ProgramUnderTest.path], in: sounds.folder, executable: shell)
    }

    private func bytes(_ name: String) throws -> [UInt8] {
        try #require(contents(ofFile: sounds.folder.file(name)), "\(name)")
    }

    private func expectRefusal(_ script: String, _ status: Int32, _ mention: String) throws {
        let before = sounds.folder.contents
        let ended = try shell(script)
        #expect(ended.status == status && ended.output.isEmpty, "\(ended.errors)")
        #expect(ended.errorLines.count == 1 && ended.errors.contains(mention), "\(ended.errors)")
        #expect(sounds.folder.contents == before)
    }

    // MARK: Streams

    @Test func standardOutputTakesTheSoundAlone() throws {
        let ended = try shell(
            """
            "$0" $t --output file.wav > /dev/null 2>&1; "$0" $t --output file.flac > /dev/null 2>&1
            "$0" $t --output - > a.wav; "$0" $t --output /dev/stdout | cat > b.wav; "$0" $t --output - 2>/dev/null >> c.wav
            "$0" $t --output - --output-format flac > a.flac
            """)
        #expect(ended.status == 0 && ended.output.isEmpty, "\(ended.errors)")
        #expect(ended.errors.contains("iteration 1/1"), "progress is on standard error")
        for name in ["a.wav", "b.wav", "c.wav"] { #expect(try bytes(name) == bytes("file.wav"), "\(name)") }
        #expect(try bytes("a.flac") == bytes("file.flac"))
        #expect(
            sounds.folder.contents == [
                "a.flac", "a.wav", "b.wav", "c.wav", "content.wav", "file.flac", "file.flac.json", "file.wav",
                "file.wav.json", "style.wav",
            ], "there is no record of a stream")
    }

    /// Another program reads every format from the pipe, to its last frame.
    @Test(arguments: ["wav", "flac", "ogg", "opus", "mp3", "aiff"]) func otherProgramsReadThePipe(_ format: String)
        throws
    {
        let ended = try shell(
            """
            "$0" $t --output - --output-format \(format) --output-rate 48000 --quiet \
                | ffmpeg -nostdin -v error -i - -f f32le -ac 1 -ar 48000 - | wc -c
            """)
        #expect(ended.status == 0 && ended.errors.isEmpty, "\(ended.errors)")
        let frames = try #require(Int(ended.output.trimmingCharacters(in: .whitespacesAndNewlines))) / 4
        // ffmpeg leaves some of a codec's padding: Vorbis ends with its block, mp3 begins and ends with a frame.
        let padding = ["ogg": 2_048, "mp3": 2 * 1_152][format] ?? 0
        #expect((12_000...12_000 + padding).contains(frames), "\(frames)")
    }

    @Test func pipesAndDevicesTakeASound() throws {
        let ended = try shell(
            """
            "$0" $t --output file.wav --quiet; mkfifo p.flac; cat p.flac > read.flac & "$0" $t --output p.flac --quiet; wait
            "$0" $t --output >(cat > substituted.wav) --quiet | grep -q '^/dev/fd/'
            for i in 1 2 3 4 5 6 7 8 9 10; do cmp -s file.wav substituted.wav && break; sleep 0.2; done
            "$0" $t --output /dev/null --trace /dev/null --quiet; test -c /dev/null; test -p p.flac; test ! -e /dev/null.json
            """)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output == "file.wav\np.flac\n/dev/null\n")
        #expect(try bytes("substituted.wav") == bytes("file.wav"))
        #expect(try AudioFile.read(sounds.folder.file("read.flac")).frameCount == 4_000)
        #expect(!sounds.folder.contents.contains("p.flac.json"))
    }

    @Test func aReaderThatLeavesIsOneLine() throws {
        let ended = try shell(
            #"{ sleep 0.2; set +e; "$0" $t --output - --quiet; echo $? >&2; } | true"#)
        #expect(ended.output.isEmpty && ended.errorLines.count == 2, "\(ended.errors)")
        #expect(ended.errorLines.first == "wavestyle: error: cannot write 'standard output': Broken pipe")
        #expect(ended.errorLines.last == "74")
    }

    @Test func whatAStreamCannotHaveIsRefused() throws {
        try expectRefusal(#""$0" $t --output - --json"#, 64, "--json")
        try expectRefusal(#""$0" $t --output - --snapshots 1"#, 64, "--snapshots")
        try expectRefusal(#""$0" $t --output /dev/null --report page.html"#, 64, "--report")
        try expectRefusal(#""$0" --content content.wav --style style.wav --mode all --output -"#, 64, "--mode all")
        try expectRefusal(#""$0" $t --output - >&-"#, 73, "/dev/stdout")
        try expectRefusal(#""$0" $t --output - --quiet > /dev/full"#, 74, "No space")
    }

    @Test func aTerminalIsNoPlaceForASound() throws {
        let ended = try ProgramUnderTest.run(
            ["-qec", "'\(ProgramUnderTest.path)' \(words) --output -", "/dev/null"], in: sounds.folder,
            environment: ["NO_COLOR": "1"], executable: "/usr/bin/script")
        #expect(ended.status == 64 && ended.output.contains("it is a terminal"), "\(ended.output)")
    }

    // MARK: Formats

    @Test func aFormatIsGivenWhereTheNameHasNone() throws {
        let ended = try shell(#""$0" $t --output take.1 --output-format flac --snapshots 1 --quiet"#)
        #expect(ended.status == 0 && ended.output == "take.1\n", "\(ended.errors)")
        for name in ["take.1", "take.iteration1.1"] {
            #expect(try bytes(name).starts(with: Array("fLaC".utf8)), "\(name)")
        }
        try expectRefusal(#""$0" $t --output a.wav --output-format flac"#, 64, "the name says that it is wav")
        try expectRefusal(#""$0" $t --output a --output-format m4a"#, 64, "m4a")
        try expectRefusal(#""$0" $t --output a"#, 64, "has no extension")
        #expect(try shell(#""$0" $t --output a.AIF --output-format aiff --quiet"#).status == 0)
    }

    // MARK: Names

    @Test func longNamesWorkAsFarAsTheirRecords() throws {
        func name(_ bytes: Int) -> String { String(repeating: "n", count: bytes - 4) + ".wav" }
        for length in [244, 250] {
            #expect(try shell(#""$0" $t --quiet --output "# + name(length)).status == 0)
            #expect(try AudioFile.read(sounds.folder.file(name(length))).frameCount == 4_000)
        }
        try expectRefusal(#""$0" $t --output "# + name(251), 73, "has 256 bytes, and its folder allows 255")
    }

    @Test func namesThatLookTheSameAreTwoFiles() throws {
        // In NFC and NFD, as other systems write it.
        let ended = try shell(
            #"""
            nfc=$(printf 'caf\303\251.wav'); nfd=$(printf 'cafe\314\201.wav'); mv content.wav "$nfc"
            "$0" --content "$nfc" --style style.wav --preset clean --weights random-32 --iterations 1 --output "$nfd" --quiet
            test -s "$nfd" && test -s "$nfc" && ! cmp -s "$nfc" "$nfd"
            """#)
        #expect(ended.status == 0, "\(ended.errors)")
    }

    // MARK: Files that are there

    @Test func modesAndLinksAreKept() throws {
        let ended = try shell(
            """
            umask 022; "$0" $t --output out.wav --quiet; stat -c %a out.wav out.wav.json
            chmod 600 out.wav; "$0" $t --output out.wav --quiet; stat -c %a out.wav
            ln -s target.flac link.flac; "$0" $t --output link.flac --quiet; test -L link.flac; head -c 4 target.flac
            """)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(ended.output == "out.wav\n644\n644\nout.wav\n600\nlink.flac\nfLaC")
    }

    /// By somebody whom permissions bind. What is there is overwritten, as cp does; a record has no place.
    @Test func aFolderThatIsNotWritableIsNamed() throws {
        let ended = try shell(
            """
            cp "$0" program; chmod 755 . program; mkdir closed; touch closed/out.wav closed/out.png
            chmod 666 closed/*; chmod 555 closed
            if [ "$(id -u)" = 0 ]; then as='setpriv --reuid=65534 --regid=65534 --clear-groups'; fi
            $as ./program $t --output closed/out.wav 2>&1 | grep warning; head -c 4 closed/out.wav; echo
            $as ./program $t --quiet --output closed/new.wav && exit 1
            $as ./program plot content.wav --output closed/new.png && exit 1
            $as ./program plot content.wav --output closed/out.png; head -c 4 closed/out.png | tail -c 3; chmod 755 closed
            """)
        #expect(ended.status == 0, "\(ended.errors)")
        #expect(
            ended.output
                == "wavestyle: warning: closed/out.wav: its folder takes no other file, so there is no record of it\nRIFF\n"
                + "closed/out.png\nPNG")
        #expect(
            ended.errorLines == [
                "wavestyle: error: cannot write 'closed/new.wav': the folder 'closed' cannot be written to: Permission denied",
                "wavestyle: error: cannot write 'closed/new.png': the folder 'closed' cannot be written to: Permission denied",
            ])
    }

    @Test func noClobberKeepsWhatIsThere() throws {
        let made = try shell(
            """
            for name in sound.wav picture.png layers.h5 page.html record.wav.json run.all.wav lost.jsonl; do echo old > $name; done
            mkdir folder; echo old > folder/notes.txt
            "$0" $t --output new.wav --no-clobber --quiet; "$0" $t --output new.wav --quiet
            """)
        #expect(made.status == 0 && made.output == "new.wav\nnew.wav\n", "\(made.errors)")
        for command in [
            "$t --output sound.wav", "$t --output record.wav", "$t --output x.wav --trace lost.jsonl",
            "$t --output x.wav --report page.html", "plot content.wav --output picture.png",
            "encode content.wav --weights random-32 --output layers.h5", "report new.wav --output page.html",
            "weights create --seed 1 --width 8 --layers 2 --output layers.h5",
            "compare --output folder", "experiment pitch-to-pitch --output folder",
            "--content content.wav --style style.wav --mode all --output page.wav",
        ] {
            try expectRefusal(#""$0" \#(command) --no-clobber"#, 73, "--no-clobber keeps what exists")
        }
        #expect(try bytes("sound.wav") == Array("old\n".utf8) && bytes("folder/notes.txt") == Array("old\n".utf8))
    }
}
