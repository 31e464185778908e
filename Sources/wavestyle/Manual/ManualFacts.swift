// SPDX-License-Identifier: Apache-2.0
import Files

/// What manual pages say that no option does.
extension ManualPage {
    static var exitStatuses: [(status: Int32, meaning: String)] {
        var all: [(status: Int32, meaning: String)] = Failure.Kind.allCases.map { ($0.exitCode, meaning(of: $0)) }
        all += [(0, "Success."), (129, "Stopped by SIGHUP, as by Ctrl-C."), (143, "Stopped by SIGTERM, as by Ctrl-C.")]
        return all.sorted { $0.status < $1.status }
    }

    private static func meaning(of kind: Failure.Kind) -> String {
        switch kind {
        case .usage: "The command was used incorrectly: a bad option or combination of options."
        case .badData: "An input was found but its content is unusable, or does not fit the memory."
        case .noInput: "An input does not exist or cannot be opened."
        case .software: "A bug in the program itself."
        case .cannotCreate: "An output cannot be created."
        case .inputOutput: "Reading or writing failed."
        case .interrupted: "Stopped by Ctrl-C. A run saves what it has so far."
        }
    }

    static let environment = [
        ("COLUMNS", "The width of help. By default it is the terminal's."),
        ("HOME", "Holds the studio by default, and the user's weights where XDG_DATA_HOME is not set."),
        ("NO_COLOR", "Where it is not empty, messages have no colours."),
        (
            "PATH",
            "Where ffmpeg is looked for, which reads further sound formats, xdg-open, which opens pages in a browser, and Slurm's commands."
        ),
        ("SLURM_ARRAY_TASK_ID", "Set by Slurm: which part of a sweep a task does."),
        ("SLURM_JOB_ID", "Set by Slurm: SIGTERM may come more than once, and stops a run only once."),
        ("TERM", "On a dumb terminal messages have no colours, and progress is not redrawn."),
        ("TMPDIR", "The first folder to try for temporary files; then /tmp and /var/tmp."),
        (
            "WAVESTYLE_ERRORS",
            "Where it is json, an error is one line of JSON: what, where, why, remedy, code."
        ),
        ("WAVESTYLE_HOME", "The first folder to look for weights in."),
        (
            "WAVESTYLE_KERNELS",
            "The product kernels to use: avx512, avx2 or blas. By default the first that the processor supports."
        ),
        ("XDG_DATA_HOME", "Weights are also looked for, and by default imported into, its folder wavestyle."),
    ]

    static let files = [
        ("OUTPUT.json", "The record beside an output: how it was made."),
        (
            "OUTPUT.checkpoint, OUTPUT.checkpoint.old",
            "What an unfinished run continues from, and the one before it. Removed when the run is finished."
        ),
        (
            "FOLDER/unfinished.checkpoint",
            "The command that fills a folder, until it is complete, for wavestyle resume."
        ),
        ("~/.local/share/wavestyle", "The user's weights, as NAME.h5, and weights-manifest.json, which names them."),
        ("FOLDER/sweep.json, FOLDER/runs.jsonl", "A sweep: what its runs have in common, and each of them."),
        ("~/wavestyle-studio", "The studio's sounds and results."),
    ]
}
