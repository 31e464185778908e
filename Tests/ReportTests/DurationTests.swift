// SPDX-License-Identifier: Apache-2.0
import Report
import Testing

@Suite struct DurationTests {
    @Test(arguments: [
        (0.04, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.4, "59 s"), (59.6, "0:59 min"), (185, "3:05 min"),
        (5_999, "99:59 min"), (9_000, "2.5 h"), (170_000, "47.2 h"), (5_652_000, "65 days"),
    ])
    func isInTheUnitThatPeopleUse(_ seconds: Double, _ text: String) {
        #expect(durationText(seconds) == text)
    }
}
