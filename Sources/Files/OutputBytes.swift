// SPDX-License-Identifier: Apache-2.0
import Glibc

extension OutputFile {
    /// Writes `bytes` as the whole file.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate` or `inputOutput`, on a full disk for instance.
    public func write(bytes: [UInt8]) throws {
        try write { partial in
            func cannot(_ kind: Failure.Kind, _ error: Int32) -> Failure {
                Failure(kind, "cannot write", at: partial, why: systemError(error))
            }
            let descriptor = open(partial.cPath, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw cannot(.cannotCreate, errno) }
            let error = bytes.withUnsafeBytes { writeAll($0, to: descriptor) }
            guard close(descriptor) == 0, error == nil else { throw cannot(.inputOutput, error ?? errno) }
        }
    }
}
