// SPDX-License-Identifier: Apache-2.0
import Glibc

extension OutputFile {
    /// Writes `bytes` as the whole file.
    ///
    /// - Throws: ``Failure`` of kind `cannotCreate` or `inputOutput`, on a full disk for instance.
    public func write(bytes: [UInt8]) throws {
        try write { partial in
            func cannot(_ kind: Failure.Kind) -> Failure {
                Failure(kind, "cannot write", at: partial, why: systemError(errno))
            }
            let descriptor = open(partial, O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0o666)
            guard descriptor >= 0 else { throw cannot(.cannotCreate) }
            var done = 0
            while done < bytes.count {
                let count = bytes.withUnsafeBytes {
                    Glibc.write(descriptor, $0.baseAddress.map { $0 + done }, bytes.count - done)
                }
                if count < 0 {
                    if errno == EINTR { continue }
                    let failure = cannot(.inputOutput)
                    close(descriptor)
                    throw failure
                }
                done += count
            }
            guard close(descriptor) == 0 else { throw cannot(.inputOutput) }
        }
    }
}
