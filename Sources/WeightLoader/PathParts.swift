// SPDX-License-Identifier: Apache-2.0

extension String {
    /// What stands behind a path's last slash, as `model.ckpt-7` of `folder/model.ckpt-7`.
    var lastPathPart: String { split(separator: "/").last.map(String.init) ?? self }
}
