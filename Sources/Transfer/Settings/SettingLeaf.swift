// SPDX-License-Identifier: Apache-2.0
import Files
import Mosaic
import Spectrogram

/// What is wrong with a value.
struct ValueProblem: Error {
    let text: String
}

/// A type of a leaf: to and from a value.
protocol SettingLeaf: Equatable, Sendable {
    static var kind: Setting.Kind { get }
    static var choices: [String] { get }
    /// - Parameter settings: those that it is meant for.
    init(_ value: SettingValues.Value?, _ settings: MethodSettings) throws(ValueProblem)
    /// nil for none.
    var value: SettingValues.Value? { get }
}

extension SettingLeaf {
    static var kind: Setting.Kind { .text }
    static var choices: [String] { [] }
}

extension SettingLeaf where Self: RawRepresentable<String> & CaseIterable {
    static var choices: [String] { allCases.map(\.rawValue) }
    init(_ value: SettingValues.Value?, _ settings: MethodSettings) throws(ValueProblem) {
        let name = try String(value, settings)
        guard let choice = Self(rawValue: name) else {
            throw ValueProblem(text: "the choices are \(Self.choices.joined(separator: ", "))")
        }
        self = choice
    }
    var value: SettingValues.Value? { .text(rawValue) }
}

extension MethodName: SettingLeaf {}
extension MosaicMode: SettingLeaf {}
extension VariableName: SettingLeaf {}
extension SpectralNetworkName: SettingLeaf {}
extension PreconditionerSettings.Spectrum: SettingLeaf {}
extension TransferSettings.Balance: SettingLeaf {}
extension TransferSettings.ContentLoss: SettingLeaf {}
extension EnvelopeSettings.Bands: SettingLeaf {}
extension OptimizerName: SettingLeaf {}
extension LossNormalisation: SettingLeaf {}
extension GramDivisor: SettingLeaf {}
extension LengthFit: SettingLeaf {}
extension SpectralArchitecture.Padding: SettingLeaf {}
extension SpectralWeights.Initialisation: SettingLeaf {}
extension PhaseReconstruction.Method: SettingLeaf {}
extension PhaseReconstruction.Start: SettingLeaf {}

extension String: SettingLeaf {
    init(_ value: SettingValues.Value?, _ settings: MethodSettings) throws(ValueProblem) {
        guard case .text(let text) = value else { throw ValueProblem(text: "it must be a text") }
        self = text
    }
    var value: SettingValues.Value? { .text(self) }
}

extension Double: SettingLeaf {
    static var kind: Setting.Kind { .number }
    init(_ value: SettingValues.Value?, _ settings: MethodSettings) throws(ValueProblem) {
        guard let number = value?.double, !number.isNaN else { throw ValueProblem(text: "it must be a number") }
        self = number
    }
    var value: SettingValues.Value? { .number(self) }
}

extension UInt64: SettingLeaf {
    static var kind: Setting.Kind { .number }
    init(_ value: SettingValues.Value?, _ settings: MethodSettings) throws(ValueProblem) {
        switch value {
        case .whole(let number): self = number
        case .number(let number) where number >= 0 && number < 1e15 && number == number.rounded(): self = UInt64(number)
        default: throw ValueProblem(text: "it must be a whole number, and not below 0")
        }
    }
    var value: SettingValues.Value? { .whole(self) }
}

extension Int: SettingLeaf {
    static var kind: Setting.Kind { .number }
    init(_ value: SettingValues.Value?, _ settings: MethodSettings) throws(ValueProblem) {
        if let number = value?.double, number < 1e15 {
            guard let count = Int(exactly: number) else { throw ValueProblem(text: "it must be a whole number") }
            self = count
            return
        }
        guard let count = Int(exactly: try UInt64(value, settings)) else { throw ValueProblem(text: "it is too large") }
        self = count
    }
    var value: SettingValues.Value? { UInt64(exactly: self).map { .whole($0) } ?? .number(Double(self)) }
}

extension Bool: SettingLeaf {
    static var kind: Setting.Kind { .flag }
    init(_ value: SettingValues.Value?, _ settings: MethodSettings) throws(ValueProblem) {
        guard case .flag(let flag) = value else { throw ValueProblem(text: "it must be true or false") }
        self = flag
    }
    var value: SettingValues.Value? { .flag(self) }
}

/// None is written by an infinite number, to take back a preset's.
extension Optional: SettingLeaf where Wrapped: SettingLeaf {
    static var kind: Setting.Kind { Wrapped.kind }
    static var choices: [String] { Wrapped.choices }
    init(_ value: SettingValues.Value?, _ settings: MethodSettings) throws(ValueProblem) {
        self = value == nil || value == .number(.infinity) ? nil : try Wrapped(value, settings)
    }
    var value: SettingValues.Value? { flatMap(\.value) }
}

extension LayerSelection: SettingLeaf {
    init(_ value: SettingValues.Value?, _ settings: MethodSettings) throws(ValueProblem) {
        let text = try String(value, settings)
        do throws(Failure) {
            self = try LayerSelection(text, for: settings.name.backend ?? .nsynth)
        } catch {
            throw ValueProblem(text: [error.why, error.remedy].compactMap(\.self).joined(separator: "; "))
        }
    }
    var value: SettingValues.Value? { .text(description) }
}

extension StartMode: SettingLeaf {
    init(_ value: SettingValues.Value?, _ settings: MethodSettings) throws(ValueProblem) {
        guard let mode = StartMode(try String(value, settings)) else {
            throw ValueProblem(text: "the choices are content, equalised, vocoded, noise, style, mix:SHARE")
        }
        self = mode
    }
    var value: SettingValues.Value? { .text(description) }
}

extension StyleStatistic: SettingLeaf {
    static var choices: [String] { all.map(\.name) }
    init(_ value: SettingValues.Value?, _ settings: MethodSettings) throws(ValueProblem) {
        let name = try String(value, settings)
        guard let statistic = Self.all.first(where: { $0.name == name }) else {
            throw ValueProblem(text: "the choices are \(Self.choices.joined(separator: ", "))")
        }
        self = statistic
    }
    var value: SettingValues.Value? { .text(name) }
}
