// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Listening
import TestSupport
import Testing

@testable import StudioLibrary

@Suite final class ListeningStoreTests {
    private let temporary: TemporaryFolder
    private var folder: String { temporary.path }

    init() throws { temporary = try TemporaryFolder() }

    private func test() throws -> ListeningTest {
        try ListeningTest(
            method: .rating, criteria: [.quality], listeners: 2, seed: .max,
            trials: [
                Trial(
                    content: Trial.Original(name: "c", path: "c"), style: Trial.Original(name: "s", path: "s"),
                    systems: [Trial.System(name: "one", path: "1"), Trial.System(name: "other", path: "2")])
            ])
    }

    private func answer(_ listener: String, _ rating: Double, in store: ListeningStore) throws -> Answer {
        let page = try #require(store.test.presentation(for: listener, number: 0).pages.first)
        return Answer(
            listener: listener, page: page.id,
            ratings: Dictionary(uniqueKeysWithValues: page.stimuli.map { ($0.id, rating) }), comment: "é\n",
            time: Date(timeIntervalSince1970: 1))
    }

    @Test func answersAreThereAgain() throws {
        let given: [Answer]
        do {
            let store = try ListeningStore(test(), in: folder)
            given = try [answer("Ann", 1, in: store), answer("Ben", 2, in: store), answer("Ann", 5, in: store)]
            for answer in given { try store.add(answer) }
        }
        let store = try ListeningStore(folder: folder)
        #expect(try store.test == test())
        #expect(try store.answers() == given)
    }

    @Test func oneListenerIsOneHoweverTheNameIsTyped() throws {
        let store = try ListeningStore(test(), in: folder)
        #expect(try store.enter("Ann  Änn") == ("Ann  Änn", 0))
        #expect(try store.enter("Ben") == ("Ben", 1))
        for name in ["ann änn", " ANN A\u{308}nn ", "Ann\tÄnn"] { #expect(try store.enter(name) == ("Ann  Änn", 0)) }
        #expect(try store.enter("Cid") == ("Cid", 2))
        #expect(try store.knows("Ben") && !store.knows("ben"))
    }

    @Test func anAnswerToAnotherTestIsRefused() throws {
        let store = try ListeningStore(test(), in: folder)
        #expect(throws: Failure.self) {
            try store.add(try self.answer("Ann", 9, in: store))
        }
        #expect(try store.answers().isEmpty)
    }

    @Test func aFolderHasOneTest() throws {
        let missing = #expect(throws: Failure.self) { _ = try ListeningStore(folder: self.folder) }
        #expect(missing?.kind == .noInput)
        _ = try ListeningStore(test(), in: folder)
        let second = #expect(throws: Failure.self) { _ = try ListeningStore(self.test(), in: self.folder) }
        #expect(second?.kind == .cannotCreate)
    }
}
