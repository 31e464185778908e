// SPDX-License-Identifier: Apache-2.0

extension String {
    /// What stands behind a path's last slash, as `model.ckpt-7` of `folder/model.ckpt-7`.
    var lastPathPart: String { split(separator: "/").last.map(String.init) ?? self }
}

/// A path as the system has it: names that only look the same as text differ.
typealias PathBytes = [UInt8]

extension PathBytes {
    /// What stands behind the last slash.
    var lastPathPart: PathBytes { split(separator: UInt8(ascii: "/")).last.map(PathBytes.init) ?? self }

    /// For messages, and for paths that came from text.
    var text: String { String(decoding: self, as: UTF8.self) }

    func hasSuffix(_ ending: String) -> Bool { suffix(ending.utf8.count).elementsEqual(ending.utf8) }
}
