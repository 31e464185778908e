// SPDX-License-Identifier: Apache-2.0
import Foundation
import Report

/// Shows a run's events: a bar that is redrawn on a terminal, a line now and then in a pipe.
final class ProgressDisplay {
    private let terminal: Terminal
    private let redraws: Bool
    private let label: String
    /// Whether the cursor is in a bar's line.
    private var isInBar = false
    /// In the run's seconds.
    private var lastSaid = 0.0
    /// In the system's.
    private var lastRoundSaid = -Double.infinity
    /// When the first stage was told, in the system's seconds.
    private var stagesBegan: Double?

    /// - Parameters:
    ///   - redraws: whether a terminal's line may be drawn over; others may be writing too.
    ///   - label: said before everything.
    init(_ terminal: Terminal = .error, redraws: Bool, label: String = "") {
        self.terminal = terminal
        self.redraws = redraws && terminal.isInteractive
        self.label = label.escapingControlCharacters
    }

    func show(_ event: RunEvent) {
        switch event {
        case .message(let text):
            leaveBar()
            terminal.say(label + text)
        case .warning(let text):
            leaveBar()
            terminal.warn(label + text)
        case .iteration(let number, let iterations, let channel, let loss, let seconds):
            let numbers = Self.numbers(number, of: iterations, loss: loss, seconds: seconds)
            let isDue = number == 0 || seconds - lastSaid >= 5
            if isDue { lastSaid = seconds }
            show(
                number, of: iterations, isDue: isDue, channel, bar: "\(number)/\(iterations)  \(numbers)",
                line: "iteration \(number)/\(iterations)  \(numbers)")
        case .phases(let round, let rounds, let channel, let distance):
            let now = ProcessInfo.processInfo.systemUptime
            // The first round only starts the clock.
            let isDue = round > 0 && now - lastRoundSaid >= 5
            if isDue || round == 0 { lastRoundSaid = now }
            let decibels = distance > 0 ? String(format: "%.1f dB", 20 * log10(distance)) : "-inf dB"
            let text = "phase \(round)/\(rounds)  distance \(decibels)"
            show(round, of: rounds, isDue: isDue, channel, bar: text, line: text)
        case .stage(let name, let fraction):
            let now = ProcessInfo.processInfo.systemUptime
            let began = stagesBegan ?? now
            stagesBegan = began
            if lastRoundSaid < began { lastRoundSaid = now }
            let isDue = now - lastRoundSaid >= 5
            if isDue { lastRoundSaid = now }
            let (passed, percent) = (now - began, Int(100 * fraction))
            let time =
                fraction < 1
                ? "\(durationText(passed / max(fraction, 0.01) * (1 - fraction))) left"
                : "\(durationText(passed)) in all"
            let text = "\(name) \(percent) %  \(time)"
            show(percent, of: 100, isDue: isDue, nil, bar: text, line: text)
        case .ended: leaveBar()
        }
    }

    /// - Parameter isDue: whether there is a line where no bar can be; the last step has one anyway.
    private func show(_ done: Int, of all: Int, isDue: Bool, _ channel: Int?, bar: String, line: String) {
        let label = label + (channel.map { "channel \($0)  " } ?? "")
        if redraws {
            terminal.redraw(self.bar(done: done, of: all, " \(label)\(bar)"))
            isInBar = true
            if done == all { leaveBar() }
        } else if isDue || done == all {
            terminal.say(label + line)
        }
    }

    /// Ends the bar's line.
    private func leaveBar() {
        if isInBar { terminal.say("") }
        isInBar = false
    }

    private func bar(done: Int, of all: Int, _ text: String) -> String {
        let room = min(terminal.width - text.count - 3, 30)
        guard room >= 5 else { return String(text.dropFirst().prefix(max(terminal.width - 1, 1))) }
        let done = all == 0 ? room : room * done / all
        let full = terminal.styled(String(repeating: "━", count: done), "36")
        return full + terminal.styled(String(repeating: "─", count: room - done), "2") + text
    }

    /// The loss, the time of an iteration and the time that is left.
    private static func numbers(_ iteration: Int, of iterations: Int, loss: Double, seconds: Double) -> String {
        // The first evaluation is one more than the steps.
        let each = seconds / Double(iteration + 1)
        let left = each * Double(iterations - iteration)
        let time = iteration == iterations ? "\(durationText(seconds)) in all" : "\(durationText(left)) left"
        return "\(String(format: "loss %.4g", loss))  \(String(format: "%.3g", each)) s each  \(time)"
    }
}
