// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Matrices

@Suite struct AvailableMemoryTests {
    @Test func memoryIsReadFromTheKernelsTables() {
        #expect(AvailableMemory.systemBytes(meminfo: "MemTotal: 8 kB\nMemAvailable:    12 kB\n") == 12_288)
        #expect(AvailableMemory.systemBytes(meminfo: "nothing") == nil)
        #expect(AvailableMemory.bytes("VmHWM", in: "VmPeak:\t  9 kB\nVmHWM:\t    3 kB\n") == 3_072)
        #expect(AvailableMemory.groupBytes(limit: "1000\n", used: "400\n") == 600)
        #expect(AvailableMemory.groupBytes(limit: "max\n", used: "400\n") == nil)
        #expect(
            AvailableMemory.groupFolders("1:cpu:/x\n0::/user/a.scope\n")
                == ["/sys/fs/cgroup", "/sys/fs/cgroup/user", "/sys/fs/cgroup/user/a.scope"])
        #expect(AvailableMemory.groupFolders("0::/\n") == ["/sys/fs/cgroup"])
        #expect(AvailableMemory.groupFolders(nil) == ["/sys/fs/cgroup"])
        #expect(AvailableMemory.text(1_449_000_000) == "1.4 GB")
        #expect(AvailableMemory.text(369_700_000) == "370 MB")
        #expect(
            AvailableMemory.text(64_300) == "64 kB" && AvailableMemory.text(949_999) == "950 kB"
                && AvailableMemory.text(950_000) == "1 MB")
    }

    /// The peak outlives what was held. The kernel counts pages in batches for each processor: 2 MB are left to it.
    @Test func thePeakOutlivesWhatWasHeld() {
        func heldWithABlock() -> Int {
            let block = [UInt8](repeating: 1, count: 64_000_000)
            return block.withUnsafeBytes { _ in AvailableMemory.held }
        }
        let held = heldWithABlock()
        #expect(held > 64_000_000)
        #expect(AvailableMemory.peak >= held - 2_000_000)
    }
}
