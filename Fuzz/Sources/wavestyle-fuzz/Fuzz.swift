// SPDX-License-Identifier: Apache-2.0
import Foundation
import FuzzBodies

/// What `WAVESTYLE_FUZZ` names.
private let body: FuzzBody = {
    let name = ProcessInfo.processInfo.environment["WAVESTYLE_FUZZ"] ?? ""
    guard let body = FuzzBody(rawValue: name) else {
        let known = FuzzBody.allCases.map(\.rawValue).joined(separator: ", ")
        FileHandle.standardError.write(Data("WAVESTYLE_FUZZ is '\(name)'; it must be one of \(known)\n".utf8))
        exit(64)
    }
    return body
}()

/// libFuzzer's entry point.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    body.run([UInt8](UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}
