// SPDX-License-Identifier: Apache-2.0
import ArgumentParser
import Evaluation

/// What the metric chroma counts.
struct PitchClassOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The pitch classes of the metric chroma, as C,E,G. (default: those with most of the style's energy)",
            valueName: "classes"), transform: PitchClass.parse)
    var pitchClasses: Set<Int>?
}
