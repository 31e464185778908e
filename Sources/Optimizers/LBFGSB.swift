// SPDX-License-Identifier: Apache-2.0
internal import CLBFGSB
import Files

/// L-BFGS-B: a limited-memory quasi-Newton method with bounds, by the authors' own code, version 3.0 (Zhu, Byrd, Lu, Nocedal:
/// Algorithm 778, 1997; Morales and Nocedal, Remark on Algorithm 778, 2011). Its defaults are SciPy's.
///
/// Variables are float64 within; the objective sees them rounded to float32.
public struct LBFGSB: Optimizer {
    /// Corrections that approximate the Hessian, m.
    public let corrections: Int
    /// Ends where a step gains less than this share of the loss, or of 1 where that is more: SciPy's `ftol`.
    public let lossTolerance: Double
    /// Ends where no entry of the projected gradient is larger: SciPy's `gtol`.
    public let gradientTolerance: Double
    /// Ends after this many evaluations of the objective, the start included.
    public let maximumEvaluations: Int
    /// The approximation, and the state of the line search.
    public var state: State

    /// The objective's, which don't change.
    private var bounds: Bounds?

    /// The method's whole state; empty before the first step.
    public struct State: Codable, Sendable {
        /// Evaluations of the objective, the start's included.
        public fileprivate(set) var evaluations = 0
        /// Why no further step is possible; nil while one is.
        public fileprivate(set) var ending: String?
        fileprivate var x = StoredArray<Double>(wrappedValue: [])
        fileprivate var gradient = StoredArray<Double>(wrappedValue: [])
        fileprivate var loss = 0.0
        fileprivate var task: [CChar] = []
        fileprivate var work = StoredArray<Double>(wrappedValue: [])
        fileprivate var integers = StoredArray<Int32>(wrappedValue: [])
        fileprivate var characters: [CChar] = []
        fileprivate var flags: [Int32] = []
        fileprivate var savedIntegers: [Int32] = []
        fileprivate var savedNumbers: [Double] = []

        /// The state before the first step.
        public init() {}

        /// Whether it is one for so many variables: the library trusts its arrays.
        public func isOf(_ n: Int, corrections m: Int) -> Bool {
            task.isEmpty
                || [x, gradient].allSatisfy { $0.wrappedValue.count == n }
                    && work.wrappedValue.count == LBFGSB.workCount(n, m)
                    && integers.wrappedValue.count == 3 * n && task.count == textLength
                    && characters.count == textLength
                    && (flags.count, savedIntegers.count, savedNumbers.count) == (4, 44, 29)
        }
    }

    /// An optimiser that has taken no step.
    public init(
        corrections: Int = 10, lossTolerance: Double = 2.220446049250313e-9, gradientTolerance: Double = 1e-5,
        maximumEvaluations: Int = 15_000
    ) {
        self.corrections = corrections
        self.lossTolerance = lossTolerance
        self.gradientTolerance = gradientTolerance
        self.maximumEvaluations = maximumEvaluations
        state = State()
    }

    public var ending: String? { state.ending }

    public func stateBytes(_ n: Int) -> Int {
        let m = corrections
        // x, gradient, work and the bounds in float64; integers.
        return (Self.workCount(n, m) + 4 * n) * MemoryLayout<Double>.size
            + 4 * n * MemoryLayout<Int32>.size
    }

    /// The most variables that the code's 32-bit indices allow.
    public static func maximumDimension(corrections m: Int) -> Int {
        (Int(Int32.max) - 11 * m * m - 8 * m) / (2 * m + 5)
    }

    public mutating func step(from iterate: Iterate, of objective: any Objective) throws -> Iterate? {
        guard state.ending == nil else { return nil }
        if state.task.isEmpty { begin(iterate) }
        precondition(state.x.wrappedValue.count == iterate.x.count, "a state of another objective")
        let bounds = bounds ?? Bounds(objective.bounds, count: state.x.wrappedValue.count)
        self.bounds = bounds
        var evaluated = iterate
        while true {
            advance(bounds)
            switch state.taskName {
            case let task where task.hasPrefix("FG"):
                // The start's values are known.
                if task != "FG_START" {
                    guard state.evaluations < maximumEvaluations else {
                        state.ending = "the limit of \(state.evaluations) evaluations is reached"
                        return nil
                    }
                    evaluated = try Iterate(of: objective, at: state.x.wrappedValue.map { Float($0) })
                }
                state.evaluations += 1
                state.loss = evaluated.losses.total
                for index in state.gradient.wrappedValue.indices {
                    state.gradient.wrappedValue[index] = Double(evaluated.gradient[index])
                }
                // The library would search forever.
                guard state.loss.isFinite else {
                    state.ending = "the loss became NaN or infinite"
                    return nil
                }
            case "NEW_X":
                return evaluated
            case let task:
                state.ending = Self.explanation(of: task)
                return nil
            }
        }
    }

    private static func workCount(_ n: Int, _ m: Int) -> Int { 2 * m * n + 5 * n + 11 * m * m + 8 * m }

    private mutating func begin(_ iterate: Iterate) {
        let (n, m) = (iterate.x.count, corrections)
        precondition(n <= Self.maximumDimension(corrections: m), "more variables than 32-bit indices reach")
        state.x.wrappedValue = iterate.x.map { Double($0) }
        state.gradient.wrappedValue = [Double](repeating: 0, count: n)
        state.task = Self.padded("START")
        state.work.wrappedValue = [Double](repeating: 0, count: Self.workCount(n, m))
        state.integers.wrappedValue = [Int32](repeating: 0, count: 3 * n)
        state.characters = Self.padded("")
        state.flags = [Int32](repeating: 0, count: 4)
        state.savedIntegers = [Int32](repeating: 0, count: 44)
        state.savedNumbers = [Double](repeating: 0, count: 29)
    }

    /// Runs the library until it asks for an evaluation.
    private mutating func advance(_ bounds: Bounds) {
        var (n, m, silent) = (Int32(state.x.wrappedValue.count), Int32(corrections), Int32(-1))
        var (factor, tolerance) = (lossTolerance / Double.ulpOfOne, gradientTolerance)
        setulb_(
            &n, &m, &state.x.wrappedValue, bounds.lower, bounds.upper, bounds.kinds, &state.loss,
            &state.gradient.wrappedValue, &factor,
            &tolerance,
            &state.work.wrappedValue, &state.integers.wrappedValue, &state.task, &silent, &state.characters,
            &state.flags, &state.savedIntegers,
            &state.savedNumbers, textLength, textLength)
    }

    /// A Fortran string.
    private static func padded(_ text: String) -> [CChar] {
        let bytes = text.utf8.map { CChar($0) }
        return bytes + [CChar](repeating: CChar(UInt8(ascii: " ")), count: textLength - bytes.count)
    }

    private static func explanation(of task: String) -> String {
        switch task {
        case let task where task.contains("PROJECTED_GRADIENT") || task.contains("NORM OF PROJECTED GRADIENT"):
            "the gradient is below the tolerance"
        case let task where task.contains("REL_REDUCTION"): "the loss falls by less than the tolerance"
        case let task where task.hasPrefix("ABNORMAL"): "no further step decreases the loss"
        default: task.lowercased()
        }
    }

    /// Bounds in the library's form.
    private struct Bounds {
        let lower: [Double]
        let upper: [Double]
        /// 0: none, 1: lower, 2: both, 3: upper.
        let kinds: [Int32]

        init(_ range: ClosedRange<Float>?, count: Int) {
            let (low, high) = (range?.lowerBound ?? -.infinity, range?.upperBound ?? .infinity)
            let kind: Int32 =
                switch (low.isFinite, high.isFinite) {
                case (false, false): 0
                case (true, false): 1
                case (true, true): 2
                case (false, true): 3
                }
            lower = [Double](repeating: low.isFinite ? Double(low) : 0, count: count)
            upper = [Double](repeating: high.isFinite ? Double(high) : 0, count: count)
            kinds = [Int32](repeating: kind, count: count)
        }
    }
}

extension LBFGSB.State {
    /// The task without trailing spaces.
    fileprivate var taskName: String {
        let text = String(decoding: task.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return String(text[..<(text.lastIndex { $0 != " " }.map { text.index(after: $0) } ?? text.startIndex)])
    }
}

/// Of a Fortran string.
private let textLength = 60
