// SPDX-License-Identifier: Apache-2.0
import Glibc

/// The memory that a run may use without swapping or being killed.
public enum AvailableMemory {
    /// Bytes that Linux thinks it can give to new programs (`MemAvailable`), or less where a control group or a limit of this process
    /// (`ulimit -v`) says so; nil where none can be read.
    public static var bytes: Int? {
        let system = contents(of: "/proc/meminfo").flatMap(systemBytes(meminfo:))
        let groups = groupFolders(contents(of: "/proc/self/cgroup")).map { folder in
            groupBytes(limit: contents(of: "\(folder)/memory.max"), used: contents(of: "\(folder)/memory.current"))
        }
        return ([system, addressSpace] + groups).compactMap { $0 }.min()
    }

    /// What is left of this process's address space, less what threads and libraries reserve and hardly use; nil where it has no limit.
    private static var addressSpace: Int? {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur != .max,
            let pages = pages(0)
        else { return nil }
        return max(Int(clamping: limit.rlim_cur) - pages * sysconf(Int32(_SC_PAGESIZE)) - reserved, 0)
    }

    /// Stacks of 8 MB and heaps of 64 MB for some threads, and OpenBLAS's buffers.
    private static let reserved = 512 << 20

    /// Bytes of memory that this process uses now.
    public static var held: Int { (pages(1) ?? 0) * sysconf(Int32(_SC_PAGESIZE)) }

    /// A number of /proc/self/statm: 0 is the address space, 1 what is in memory.
    private static func pages(_ index: Int) -> Int? {
        contents(of: "/proc/self/statm")?.split(separator: " ").dropFirst(index).first.flatMap { Int($0) }
    }

    /// The most bytes that this process has held (`VmHWM`). What `getrusage` tells would begin with the memory of the process
    /// that started this one.
    public static var peak: Int { contents(of: "/proc/self/status").flatMap { bytes("VmHWM", in: $0) } ?? held }

    /// An amount for people, as '1.4 GB' (10^9 bytes), '370 MB' or '64 kB'.
    public static func text(_ bytes: Int) -> String {
        switch bytes {
        case ..<950_000: "\((bytes + 500) / 1_000) kB"
        case ..<950_000_000: "\((bytes + 500_000) / 1_000_000) MB"
        default: "\((Double(bytes) / 1e8).rounded() / 10) GB"
        }
    }

    /// `MemAvailable:  123 kB` of /proc/meminfo, in bytes.
    static func systemBytes(meminfo: String) -> Int? { bytes("MemAvailable", in: meminfo) }

    /// A line of one of the kernel's tables, `name:  123 kB`, in bytes.
    static func bytes(_ name: String, in table: String) -> Int? {
        let line = table.split(separator: "\n").first { $0.hasPrefix("\(name):") }
        let fields = line?.split { $0 == " " || $0 == "\t" } ?? []
        return fields.count >= 2 ? Int(fields[1]).map { $0 * 1024 } : nil
    }

    /// The control groups (version 2) that a process is in, by its `/proc/self/cgroup`: its own, those around it, and the
    /// root, which is all that a container sees.
    static func groupFolders(_ membership: String?) -> [String] {
        let line = membership?.split(separator: "\n").first { $0.hasPrefix("0::/") } ?? "0::/"
        let names = line.dropFirst(4).split(separator: "/")
        return (0...names.count).map { "/" + (["sys", "fs", "cgroup"] + names.prefix($0)).joined(separator: "/") }
    }

    /// What is left of a control group's limit; nil where there is none (`max`).
    static func groupBytes(limit: String?, used: String?) -> Int? {
        func number(_ text: String?) -> Int? { text.flatMap { Int($0.prefix { $0.isNumber }) } }
        guard let limit = number(limit), let used = number(used) else { return nil }
        return max(limit - used, 0)
    }

    private static func contents(of path: String) -> String? {
        guard let file = fopen(path, "re") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 65_536)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes[..<count], as: UTF8.self)
    }
}
