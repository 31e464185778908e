// SPDX-License-Identifier: Apache-2.0

/// The words that give an option's value: none where there is none. In one word, for a value may begin with a dash.
func argument(_ option: String, _ value: (some CustomStringConvertible)?) -> [String] {
    value.map { ["\(option)=\($0)"] } ?? []
}
