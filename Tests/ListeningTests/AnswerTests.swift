// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Testing

@testable import Listening

/// That complete answers are taken, and others are not.
@Suite struct AnswerTests {
    private let page = PageID(.style, trial: 1)

    private func refuses(_ test: ListeningTest, _ answer: Answer) -> Bool {
        ExampleTest.fails(.badData) { try test.check(answer) }
    }

    private func answer(
        _ ratings: [String: Double], preference: String? = nil, page: PageID? = nil, listener: String = "Ada"
    ) -> Answer {
        Answer(
            listener: listener, page: page ?? self.page, ratings: ratings, preference: preference,
            time: ExampleTest.time)
    }

    @Test(arguments: [ListeningMethod.mushra, .rating])
    func ratingsAreChecked(method: ListeningMethod) throws {
        let test = try ExampleTest.make(method)
        let scale = try #require(method.scale)
        let good = ExampleTest.answer(test, "Ada", page) { _ in scale.upperBound }.ratings
        let id = try #require(good.keys.min())
        try test.check(answer(good))
        try test.check(answer(good.merging([id: scale.lowerBound]) { $1 }))
        try test.check(answer(good.merging([id: 3.5]) { $1 }))
        for wrong in [scale.lowerBound - 0.01, scale.upperBound.nextUp, .nan, .infinity, -.infinity] {
            #expect(refuses(test, answer(good.merging([id: wrong]) { $1 })), "\(wrong)")
        }
        #expect(refuses(test, answer([:])))
        #expect(refuses(test, answer(good.filter { $0.key != id })))
        #expect(refuses(test, answer(good.merging(["x": 3]) { $1 })))
        #expect(refuses(test, answer(good, preference: id)))
        #expect(refuses(test, answer(good, listener: " \n")))
        // Of another listener, and of another page.
        #expect(refuses(test, answer(good, listener: "Bob")))
        #expect(refuses(test, answer(good, page: PageID(.style, trial: 2))))
        for missing in [PageID(.style, trial: 4), PageID(.style, trial: 1, pair: 0)] {
            #expect(refuses(test, answer(good, page: missing)))
        }
        let other = try ExampleTest.make(method, criteria: [.quality])
        #expect(refuses(other, answer(good)))
    }

    @Test func preferencesAreChecked() throws {
        let test = try ExampleTest.make(.ab)
        let page = PageID(.style, trial: 1, pair: 0)
        let ids = test.key(to: page, for: "Ada").keys.sorted()
        #expect(ids.count == 2)
        for id in ids { try test.check(answer([:], preference: id, page: page)) }
        #expect(refuses(test, answer([:], page: page)))
        #expect(refuses(test, answer([:], preference: "x", page: page)))
        #expect(refuses(test, answer([ids[0]: 1], preference: ids[0], page: page)))
        #expect(refuses(test, answer([:], preference: ids[0])))
    }

    @Test func aFailureSaysWhereAndWhy() throws {
        let test = try ExampleTest.make(.rating)
        let good = ExampleTest.answer(test, "Ada", page) { _ in 3 }.ratings
        let id = try #require(good.keys.min())
        func text(_ answer: Answer) -> String {
            do { try test.check(answer) } catch { return error.description }
            return ""
        }
        #expect(
            text(answer(good.merging([id: 7]) { $1 }))
                == "cannot take the answer 'style.2': the rating 7.0 is not in 1 to 5")
        #expect(
            text(answer(good.filter { $0.key != id }))
                == "cannot take the answer 'style.2': 1 of 3 ratings are missing; rate all sounds")
    }

    @Test func answersAreReadAsTheyWereWritten() throws {
        let ratings = try ExampleTest.make(.mushra)
        let pair = try ExampleTest.make(.ab)
        for answer in [
            ExampleTest.answer(ratings, "Ada", page, comment: "\"noisy\",\n\u{1F3BA}") { _ in 61.5 },
            ExampleTest.answer(pair, "Ada", PageID(.style, trial: 1, pair: 2)) { $0.name == "control" ? 1 : 0 },
        ] {
            let data = try JSONEncoder().encode(answer)
            #expect(try JSONDecoder().decode(Answer.self, from: data) == answer)
        }
        let json = #"{"listener":"Ada","page":"style.0","ratings":{},"comment":"","time":0}"#
        #expect(throws: DecodingError.self) { try JSONDecoder().decode(Answer.self, from: Data(json.utf8)) }
    }
}
