// SPDX-License-Identifier: Apache-2.0
import Mosaic

/// All that decides a result besides the sounds: a method with its own settings, and how much of the sounds is used.
///
/// Each leaf is named in ``SettingTable``, from which options, JSON and ``validate()`` follow.
public struct MethodSettings: Equatable, Sendable {
    /// What makes the result.
    public enum Method: Equatable, Sendable {
        /// An optimiser, which moves a sound until a network hears the style in it.
        case optimisation(TransferSettings)
        /// The style's own sound, rearranged.
        case mosaic(MosaicSettings)
    }

    /// The method.
    public private(set) var method: Method
    /// Seconds of the content; nil for all.
    public var duration: Double?
    /// Seconds of the style; nil for all.
    public var styleDuration: Double?

    /// A method as it is by itself: a backend's published form, or a mosaic that decides.
    public init(_ name: MethodName) {
        method = name.backend.map { .optimisation(TransferSettings($0)) } ?? .mosaic(MosaicSettings())
    }

    /// An optimisation of whole sounds.
    public init(_ optimisation: TransferSettings) { method = .optimisation(optimisation) }

    /// A mosaic of whole sounds. What changes nothing in its mode is left out.
    public init(_ mosaic: MosaicSettings) { method = .mosaic(mosaic.settled) }

    /// An optimisation's settings; nil for a mosaic.
    public var optimisation: TransferSettings? {
        get { if case .optimisation(let settings) = method { settings } else { nil } }
        set { if let newValue { method = .optimisation(newValue) } }
    }

    /// A mosaic's settings; nil for an optimisation. What changes nothing in its mode is left out.
    public var mosaic: MosaicSettings? {
        get { if case .mosaic(let settings) = method { settings } else { nil } }
        set { if let newValue { method = .mosaic(newValue.settled) } }
    }

    /// The method's name.
    public var name: MethodName {
        get { optimisation.map { MethodName($0.backend) } ?? .mosaic }
        set { if newValue != name { method = MethodSettings(newValue).method } }
    }

    /// From 0, all style, to 1, all content; nil where there are not both.
    public var blend: Double? {
        get { mosaic?.blend ?? optimisation?.blend }
        set {
            if let newValue { mosaic?.blend = newValue }
            optimisation?.blend = newValue
        }
    }

    /// The rate that it works at, in hertz; nil for the content's own.
    public var workingRate: Int? { optimisation?.workingRate }

    /// Whether outputs have the content's channels, rate and loudness: not those of published systems.
    public var followsContent: Bool { optimisation.map { $0.variable == .waveform } ?? true }

    /// Whether outputs are made to pause where the content does: not where nothing but the style's own statistics decide, as in a texture. A mosaic does so
    /// by itself.
    public var keepsPauses: Bool {
        followsContent && (optimisation.map { $0.style != nil || $0.content != .none } ?? false)
    }
}

/// What makes the result: a backend under an optimiser, or none.
public enum MethodName: String, CaseIterable, Sendable {
    /// The style's own sound, rearranged: no network.
    case mosaic
    /// ``BackendName/nsynth``.
    case nsynth
    /// ``BackendName/stft``.
    case stft

    /// Of an optimisation.
    public init(_ backend: BackendName) { self = backend == .nsynth ? .nsynth : .stft }

    /// What an optimiser works on; nil for none.
    public var backend: BackendName? {
        switch self {
        case .mosaic: nil
        case .nsynth: .nsynth
        case .stft: .stft
        }
    }
}

/// What counts in which mode.
extension MosaicSettings {
    /// Whether words make a difference: play cannot keep them.
    private var knowsWords: Bool { mode != .play }

    /// Whether words are to be understood; nil in a mode that it is the same to.
    var wantsWords: Bool? {
        get { knowsWords ? words : nil }
        set { words = newValue ?? false }
    }

    /// Without what changes nothing.
    fileprivate var settled: MosaicSettings {
        var settled = self
        let usual = MosaicSettings()
        if !knowsWords { settled.words = usual.words }
        return settled
    }
}
