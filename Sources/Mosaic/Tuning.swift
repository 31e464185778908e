import Foundation
enum Tuning {
    static let values = ProcessInfo.processInfo.environment
    static func number(_ name: String, _ usual: Double) -> Double { values[name].flatMap(Double.init) ?? usual }
}
