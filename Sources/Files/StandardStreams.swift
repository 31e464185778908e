// SPDX-License-Identifier: Apache-2.0
import Glibc

/// Standard input, output and error.
public enum StandardStreams {
    /// Takes the numbers of those that a parent left closed, so that no file gets one of them. What uses them fails.
    public static func hold() {
        for number in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(number, F_GETFD) < 0 {
            // The lowest free number is given: this one.
            _ = open("/dev/null", number == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }
}
