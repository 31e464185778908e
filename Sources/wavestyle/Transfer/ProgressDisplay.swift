// SPDX-License-Identifier: Apache-2.0
import Foundation
import Spectrogram
import Transfer

/// How far a run is: a bar that is redrawn on a terminal, a line now and then in a pipe.
final class ProgressDisplay {
    private let terminal: Terminal
    private let redraws: Bool
    private let iterations: Int
    private let label: String
    private var lastSaid = -Double.infinity
    private var lastPhaseSaid = -Double.infinity

    /// - Parameter redraws: whether a terminal's line may be drawn over; others may be writing too.
    init(_ terminal: Terminal, redraws: Bool, iterations: Int, label: String) {
        self.terminal = terminal
        self.redraws = redraws && terminal.isInteractive
        self.iterations = iterations
        self.label = label.escapingControlCharacters
    }

    /// Shows an accepted iterate.
    func show(_ line: TraceLine) {
        if redraws {
            terminal.redraw(bar(line))
            if line.iteration == iterations { terminal.say("") }
        } else if line.iteration == iterations || line.iteration == 0 || line.seconds - lastSaid >= 5 {
            lastSaid = line.seconds
            terminal.say("\(label)iteration \(line.iteration)/\(iterations)  \(numbers(line))")
        }
    }

    /// Shows a step of the search for phases.
    func show(_ progress: PhaseReconstruction.Progress, of phaseIterations: Int) {
        let decibels = progress.distance > 0 ? String(format: "%.1f dB", 20 * log10(progress.distance)) : "-inf dB"
        let text = "phase \(progress.iteration)/\(phaseIterations)  distance \(decibels)"
        let isLast = progress.iteration == phaseIterations
        if redraws {
            terminal.redraw(bar(done: progress.iteration, of: phaseIterations, " \(label)\(text)"))
            if isLast { terminal.say("") }
        } else {
            let now = ProcessInfo.processInfo.systemUptime
            guard isLast || now - lastPhaseSaid >= 5 else { return }
            // The first round only starts the clock.
            if progress.iteration > 0 { terminal.say("\(label)\(text)") }
            lastPhaseSaid = now
        }
    }

    /// Ends the bar's line before its time.
    func interrupt() {
        if redraws { terminal.say("") }
    }

    private func bar(_ line: TraceLine) -> String {
        bar(done: line.iteration, of: iterations, " \(label)\(line.iteration)/\(iterations)  \(numbers(line))")
    }

    private func bar(done: Int, of all: Int, _ text: String) -> String {
        let room = min(terminal.width - text.count - 3, 30)
        guard room >= 5 else { return String(text.dropFirst().prefix(max(terminal.width - 1, 1))) }
        let done = all == 0 ? room : room * done / all
        let full = terminal.styled(String(repeating: "━", count: done), "36")
        return full + terminal.styled(String(repeating: "─", count: room - done), "2") + text
    }

    /// The loss, the time of an iteration and the time that is left.
    private func numbers(_ line: TraceLine) -> String {
        let loss = String(format: "loss %.4g", line.losses.total)
        // The first evaluation is one more than the steps.
        let each = line.seconds / Double(line.iteration + 1)
        let left = each * Double(iterations - line.iteration)
        let time = line.iteration == iterations ? "\(durationText(line.seconds)) in all" : "\(durationText(left)) left"
        return "\(loss)  \(String(format: "%.3g", each)) s each  \(time)"
    }
}
