// SPDX-License-Identifier: Apache-2.0

extension String {
    /// What follows a path's last slash, as `model.ckpt-7` in `folder/model.ckpt-7`.
    var lastPathPart: String { split(separator: "/").last.map(String.init) ?? self }
}

/// A path in the system's bytes: names that only look the same as text differ.
typealias PathBytes = [UInt8]

extension PathBytes {
    /// What follows the last slash.
    var lastPathPart: PathBytes { split(separator: UInt8(ascii: "/")).last.map(PathBytes.init) ?? self }

    /// For messages, and for paths from text.
    var text: String { String(decoding: self, as: UTF8.self) }

    func hasSuffix(_ ending: String) -> Bool { suffix(ending.utf8.count).elementsEqual(ending.utf8) }
}
