// SPDX-License-Identifier: Apache-2.0
import Testing

@testable import Transfer

@Suite struct AvailableMemoryTests {
    @Test func memoryIsReadFromTheKernelsTables() {
        #expect(AvailableMemory.systemBytes(meminfo: "MemTotal: 8 kB\nMemAvailable:    12 kB\n") == 12_288)
        #expect(AvailableMemory.systemBytes(meminfo: "nothing") == nil)
        #expect(AvailableMemory.groupBytes(limit: "1000\n", used: "400\n") == 600)
        #expect(AvailableMemory.groupBytes(limit: "max\n", used: "400\n") == nil)
        #expect(AvailableMemory.text(1_449_000_000) == "1.4 GB")
        #expect(AvailableMemory.text(369_700_000) == "370 MB")
    }
}
