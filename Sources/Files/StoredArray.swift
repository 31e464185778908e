// SPDX-License-Identifier: Apache-2.0

/// An array that a ``CheckpointFile`` stores beside its JSON, bit for bit. Any other coder takes it as an array of numbers.
@propertyWrapper
public struct StoredArray<Element: BitwiseCopyable & Codable & Sendable>: Codable, Sendable {
    /// The array.
    public var wrappedValue: [Element]

    /// Wraps an array.
    public init(wrappedValue: [Element]) { self.wrappedValue = wrappedValue }

    public init(from decoder: any Decoder) throws {
        guard let stored = decoder.userInfo[.arrays] as? StoredBytes else {
            wrappedValue = try [Element](from: decoder)
            return
        }
        let place = try Place(from: decoder)
        guard let values: [Element] = try stored.array(place) else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: decoder.codingPath, debugDescription: "\(place) is not in the file"))
        }
        wrappedValue = values
    }

    public func encode(to encoder: any Encoder) throws {
        guard let arrays = encoder.userInfo[.arrays] as? ArrayCollector else {
            return try wrappedValue.encode(to: encoder)
        }
        try arrays.place(wrappedValue).encode(to: encoder)
    }
}

extension StoredArray: Equatable where Element: Equatable {}

extension CodingUserInfoKey {
    // The initialiser fails for no text.
    static let arrays = CodingUserInfoKey(rawValue: "arrays").unsafelyUnwrapped
}

/// Where an array's bytes are among all arrays'.
struct Place: Codable {
    let offset: Int
    /// Of elements.
    let count: Int
}

/// The arrays of a value that is being encoded, one after the other. One encoder uses it, on one thread.
final class ArrayCollector: @unchecked Sendable {
    /// Each hands its bytes to what writes them. An array is held, not copied.
    private(set) var pieces: [((UnsafeRawBufferPointer) throws -> Void) throws -> Void] = []
    private(set) var count = 0
    /// By address and length: what is in several places is stored once.
    private var known: [UnsafeRawBufferPointer.Identity: Place] = [:]

    func place(_ values: [some BitwiseCopyable & Sendable]) -> Place {
        let (identity, bytes) = values.withUnsafeBytes { ($0.identity, $0.count) }
        if let place = known[identity], bytes > 0 { return place }
        let place = Place(offset: count, count: values.count)
        known[identity] = place
        pieces.append { try values.withUnsafeBytes($0) }
        count += bytes
        return place
    }
}

extension UnsafeRawBufferPointer {
    fileprivate struct Identity: Hashable {
        let address: UInt
        let count: Int
    }

    fileprivate var identity: Identity { Identity(address: UInt(bitPattern: baseAddress), count: count) }
}

/// The arrays of a value that is being decoded.
struct StoredBytes {
    let section: FileSection

    /// nil where the place is not within the section.
    func array<Element: BitwiseCopyable>(_ place: Place) throws(Failure) -> [Element]? {
        let (bytes, overflows) = place.count.multipliedReportingOverflow(by: MemoryLayout<Element>.stride)
        guard place.offset >= 0, place.count >= 0, !overflows, place.offset <= section.count,
            bytes <= section.count - place.offset
        else { return nil }
        // The initialiser below writes its count to the storage that all empty arrays of all threads share.
        guard place.count > 0 else { return [] }
        let section = section
        var failure: Failure?
        let values = [Element](unsafeUninitializedCapacity: place.count) { buffer, initialized in
            do throws(Failure) {
                let got = try section.read(into: UnsafeMutableRawBufferPointer(buffer), at: place.offset)
                initialized = got / MemoryLayout<Element>.stride
            } catch { failure = error }
        }
        if let failure { throw failure }
        return values.count == place.count ? values : nil
    }
}
