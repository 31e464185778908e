// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What comes with the program, found from the program's own place, so that an installed folder can be moved.
enum InstalledFiles {
    /// The folder of the program.
    static let programFolder = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
        .deletingLastPathComponent()

    /// Where `make install` and the packages put files for it: `share/wavestyle` beside `bin`.
    static let folder = programFolder.deletingLastPathComponent().appendingPathComponent("share/wavestyle")
}

/// The font of pictures, where it comes with the program: in a folder that runs on any Linux (`make tarball`, `make wheel`).
enum BundledFont {
    private static let variable = "FONTCONFIG_FILE"
    private static let isUsed = getenv(variable) == nil && access(configuration, R_OK) == 0
    private static var configuration: String {
        InstalledFiles.folder.appendingPathComponent("fonts/fonts.conf").path
    }

    /// Lets fontconfig find it. What the user tells fontconfig counts more, and where no font comes along, the system's are used.
    static func use() {
        if isUsed { setenv(variable, configuration, 1) }
    }

    /// The environment for programs of the system, which have fonts of their own.
    static var environmentOfOthers: [String: String] {
        ProcessInfo.processInfo.environment.filter { !isUsed || $0.key != variable }
    }
}
