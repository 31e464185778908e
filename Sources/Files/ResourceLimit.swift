// SPDX-License-Identifier: Apache-2.0
import CLinux
import Glibc

/// A limit of what a process may use (setrlimit(2)).
public struct ResourceLimit: Sendable {
    private let resource: UInt32
    private let value: rlim_t
    private let most: rlim_t

    private init(_ resource: __rlimit_resource, _ value: Int, most: Int? = nil) {
        self.resource = resource.rawValue
        (self.value, self.most) = (rlim_t(value), rlim_t(most ?? value))
    }

    /// Bytes that it may map.
    public static func addressSpace(_ bytes: Int) -> ResourceLimit { ResourceLimit(RLIMIT_AS, bytes) }
    /// Of processor time. SIGXCPU, sent between the two time limits, tells the parent more than SIGKILL.
    public static func processorSeconds(_ seconds: Int) -> ResourceLimit {
        ResourceLimit(RLIMIT_CPU, seconds, most: seconds + 1)
    }
    /// Of a core dump.
    public static func coreBytes(_ bytes: Int) -> ResourceLimit { ResourceLimit(RLIMIT_CORE, bytes) }
    /// Of a file that it writes.
    public static func fileBytes(_ bytes: Int) -> ResourceLimit { ResourceLimit(RLIMIT_FSIZE, bytes) }
    /// That it may have open.
    public static func openFiles(_ count: Int) -> ResourceLimit { ResourceLimit(RLIMIT_NOFILE, count) }

    /// Sets it for a process, 0 for this one. Inherited limits may be lower, and only root may raise them.
    ///
    /// - Returns: whether it is set.
    public func set(of process: pid_t = 0) -> Bool {
        var limit = rlimit()
        guard process_limit(process, Int32(bitPattern: resource), nil, &limit) == 0 else { return false }
        limit.rlim_max = min(most, limit.rlim_max)
        limit.rlim_cur = min(value, limit.rlim_max)
        return process_limit(process, Int32(bitPattern: resource), &limit, nil) == 0
    }
}
