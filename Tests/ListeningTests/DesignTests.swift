// SPDX-License-Identifier: Apache-2.0
import Files
import Foundation
import Testing

@testable import Listening

/// That a test's presentation is complete, repeatable, balanced and blind.
@Suite struct DesignTests {
    @Test(arguments: ListeningMethod.allCases)
    func everyPageAndStimulusComesOnce(method: ListeningMethod) throws {
        let test = try ExampleTest.make(method)
        let presentation = test.presentation(for: "Ada", number: 3)
        #expect(presentation.pages.map(\.id).count == test.pages.count)
        #expect(Set(presentation.pages.map(\.id)) == Set(test.pages))
        for page in presentation.pages {
            let key = test.key(to: page.id, for: "Ada")
            #expect(Set(page.stimuli.map(\.id)) == Set(key.keys))
            #expect(Set(key.values) == Set(test.stimuli(on: page.id)))
            #expect(page.stimuli.map(\.letter).joined() == String("ABCDEFGH".prefix(page.stimuli.count)))
        }
        let ids = presentation.pages.flatMap(\.stimuli).map(\.id) + presentation.pages.compactMap(\.reference)
        #expect(Set(ids).count == ids.count)
    }

    @Test func pagesHaveWhatTheMethodAsksFor() throws {
        let page = PageID(.style, trial: 1)
        let systems = ExampleTest.systems.map(Stimulus.system)
        #expect(try ExampleTest.make(.rating).stimuli(on: page) == systems)
        #expect(
            try ExampleTest.make(.mushra).stimuli(on: page) == systems + [.hiddenReference, .lowAnchor, .midAnchor])
        let comparison = try ExampleTest.make(.ab)
        #expect(comparison.pages.count == 3 * 4 * 3)
        #expect(comparison.stimuli(on: PageID(.style, trial: 1, pair: 2)) == [systems[1], systems[2]])
        #expect(comparison.stimuli(on: page).isEmpty)
        #expect(comparison.stimuli(on: PageID(.style, trial: 1, pair: 3)).isEmpty)
        #expect(comparison.stimuli(on: PageID(.style, trial: 4, pair: 0)).isEmpty)
    }

    @Test func theReferenceIsTheOriginalThatACriterionAsksFor() throws {
        let test = try ExampleTest.make(.mushra)
        for (criterion, name) in [(Criterion.content, "Rhythm"), (.style, "Violin"), (.quality, "Rhythm")] {
            let page = PageID(criterion, trial: 1)
            #expect(test.path(of: .hiddenReference, on: page) == "/sounds/\(name).wav")
            #expect(test.path(of: .lowAnchor, on: page) == "/anchors/\(name)-3500.wav")
            #expect(test.path(of: .midAnchor, on: page) == "/anchors/\(name)-7000.wav")
            #expect(test.path(of: .system("vast"), on: page) == "/runs/Rhythm-Violin/vast.wav")
            #expect(test.path(of: .system("other"), on: page) == nil)
        }
    }

    @Test(arguments: ListeningMethod.allCases)
    func idsLeadToSoundsForTheirListenerOnly(method: ListeningMethod) throws {
        let test = try ExampleTest.make(method)
        for page in test.presentation(for: "Ada", number: 0).pages {
            for item in page.stimuli {
                let stimulus = try #require(test.key(to: page.id, for: "Ada")[item.id])
                #expect(test.path(of: item.id, for: "Ada") == test.path(of: stimulus, on: page.id))
                #expect(test.path(of: item.id, for: "Bob") == nil)
            }
            let reference =
                page.criterion == .style ? test.trials[page.id.trial].style : test.trials[page.id.trial].content
            #expect((page.reference == nil) == (method != .mushra && page.criterion == .quality))
            if let id = page.reference { #expect(test.path(of: id, for: "Ada") == reference.path) }
        }
        #expect(test.path(of: "", for: "Ada") == nil)
    }

    @Test func oneWhoComesBackGetsTheSame() throws {
        let test = try ExampleTest.make(.mushra)
        #expect(test.presentation(for: "Bob", number: 1) == test.presentation(for: "Bob", number: 1))
    }

    @Test func aNameWrittenInTwoWaysIsOne() throws {
        let test = try ExampleTest.make(.rating)
        #expect(
            test.presentation(for: "Ren\u{E9}", number: 0).pages
                == test.presentation(for: "Rene\u{301}", number: 0).pages)
    }

    @Test func listenersDiffer() throws {
        let test = try ExampleTest.make(.mushra)
        let all = (0..<40).map { test.presentation(for: "listener \($0)", number: $0) }
        #expect(Set(all.map { $0.pages.map(\.id) }).count > 30)
        let ids = all.flatMap(\.pages).flatMap(\.stimuli).map(\.id)
        #expect(ids.count == 40 * 12 * 6)
        #expect(Set(ids).count == ids.count)
        // And so does another seed, for the same listener.
        let other = try ExampleTest.make(.mushra, seed: 8).presentation(for: "listener 0", number: 0)
        #expect(other.pages != all[0].pages)
    }

    /// Over a block of listeners, each thing has each place, and follows each other thing, equally often.
    @Test(arguments: 1...9)
    func ordersAreBalanced(count: Int) {
        let rows = count.isMultiple(of: 2) ? count : 2 * count
        for block in 0..<3 {
            var (places, followers): ([[Int]: Int], [[Int]: Int]) = ([:], [:])
            for number in (block * rows)..<((block + 1) * rows) {
                let order = ListenerOrder(number: number, seed: { UInt64($0.utf8.count) }).permutation(
                    of: count, for: "x")
                #expect(order.sorted() == Array(0..<count))
                for (place, thing) in order.enumerated() { places[[place, thing], default: 0] += 1 }
                for (thing, next) in zip(order, order.dropFirst()) { followers[[thing, next], default: 0] += 1 }
            }
            #expect(places.count == count * count && Set(places.values).count == 1)
            #expect(followers.count == count * (count - 1) && Set(followers.values).count <= 1)
        }
    }

    @Test func lettersAreBalancedOverListeners() throws {
        let test = try ExampleTest.make(.mushra)
        let page = PageID(.quality, trial: 2)
        var places: [String: Int] = [:]
        for number in 0..<12 {
            let name = "listener \(number)"
            let presentation = test.presentation(for: name, number: number)
            for item in presentation.pages.first(where: { $0.id == page })?.stimuli ?? [] {
                places["\(item.letter) \(test.key(to: page, for: name)[item.id]?.name ?? "")", default: 0] += 1
            }
        }
        // Six stimuli, two blocks.
        #expect(places.count == 36 && places.values.allSatisfy { $0 == 2 })
    }

    @Test func eachOfAPairIsFirstForHalfOfTheListeners() throws {
        let test = try ExampleTest.make(.ab)
        for page in test.pages {
            let firsts = (0..<10).map { number in
                let name = "listener \(number)"
                let shown = test.presentation(for: name, number: number).pages.first { $0.id == page }
                return shown.flatMap { test.key(to: page, for: name)[$0.stimuli[0].id]?.name } ?? ""
            }
            #expect(Dictionary(grouping: firsts) { $0 }.values.map(\.count) == [5, 5])
        }
        // Which is first has nothing to do with the page: both orders occur within one listener.
        let presentation = test.presentation(for: "Ada", number: 0)
        let isInOrder = presentation.pages.map {
            test.key(to: $0.id, for: "Ada")[$0.stimuli[0].id] == test.stimuli(on: $0.id)[0]
        }
        #expect(Set(isInOrder).count == 2)
    }

    /// Of 3000 draws below 3, a third each; 6 standard deviations are 155.
    @Test func theGeneratorIsUniform() {
        var generator = SplitMix64(seed: 1)
        let draws = (0..<3_000).map { _ in generator.below(3) }
        for value in 0..<3 { #expect(abs(draws.count { $0 == value } - 1_000) < 155) }
        // The paper's own first value for seed 0.
        var zero = SplitMix64(seed: 0)
        #expect(zero.next() == 0xE220_A839_7B1D_CDAF)
    }

    @Test(arguments: ListeningMethod.allCases)
    func thePageKnowsNoNames(method: ListeningMethod) throws {
        let test = try ExampleTest.make(method)
        let json = String(
            decoding: try JSONEncoder().encode(test.presentation(for: "Ada", number: 0)), as: UTF8.self)
        let stimuli = test.pages.flatMap(test.stimuli(on:))
        let originals = test.trials.flatMap { [$0.content.name, $0.style.name] }
        let secret = Set(stimuli.map(\.name) + stimuli.map(\.kind.rawValue) + originals + ["wav", "runs", "seed"])
        for word in secret { #expect(!json.contains(word), "\(word)") }
        let again = try JSONDecoder().decode(Presentation.self, from: Data(json.utf8))
        #expect(again == test.presentation(for: "Ada", number: 0))
    }

    @Test func pagesAreNamedByText() {
        for page in [PageID(.style, trial: 1), PageID(.content, trial: 11, pair: 2)] {
            #expect(PageID(page.description) == page)
        }
        #expect(PageID(.content, trial: 11, pair: 2).description == "content.12.3")
        let wrong = [
            "", "style", "style.", "style.0", "style.01", "style.+1", "style.1.", "style.1.0", "style.1.1.1", "x.1",
        ]
        for text in wrong { #expect(PageID(text) == nil, "\(text)") }
    }

    @Test func aTestIsReadAsItWasWritten() throws {
        let test = try ExampleTest.make(.mushra)
        let data = try JSONEncoder().encode(test)
        #expect(try JSONDecoder().decode(ListeningTest.self, from: data) == test)
        // What is read is checked.
        let broken = String(decoding: data, as: UTF8.self).replacingOccurrences(of: "\"mosaic\"", with: "\"vast\"")
        #expect(
            ExampleTest.fails(.usage) { _ = try JSONDecoder().decode(ListeningTest.self, from: Data(broken.utf8)) })
    }

    @Test func whatCannotBeATestIsRefused() {
        let trial = ExampleTest.trial("Speech", "Drums")
        func refuses(
            _ trials: [Trial], by method: ListeningMethod = .rating, criteria: [Criterion] = [.quality],
            listeners: Int = 8
        ) -> Bool {
            ExampleTest.fails(.usage) {
                _ = try ExampleTest.make(method, criteria: criteria, listeners: listeners, trials: trials)
            }
        }
        #expect(!refuses([trial]))
        #expect(refuses([]))
        #expect(refuses([trial], criteria: []))
        #expect(refuses([trial], criteria: [.style, .style]))
        #expect(refuses([trial], listeners: 0))
        #expect(refuses([ExampleTest.trial("Speech", "Drums", systems: [])]))
        #expect(refuses([ExampleTest.trial("Speech", "Drums", systems: ["a", "a"])]))
        #expect(refuses([ExampleTest.trial("Speech", "Drums", systems: [""])]))
        #expect(refuses([ExampleTest.trial("", "Drums")]))
        #expect(refuses([trial, ExampleTest.trial("Speech", "Drums", systems: ["a"])], by: .ab))
        let many = (1...24).map { "s\($0)" }
        #expect(!refuses([ExampleTest.trial("Speech", "Drums", systems: many)]))
        #expect(!refuses([ExampleTest.trial("Speech", "Drums", systems: many, midAnchor: false)], by: .mushra))
        #expect(refuses([ExampleTest.trial("Speech", "Drums", systems: many)], by: .mushra))
        let plain = Trial(
            content: Trial.Original(name: "Speech", path: "a", lowAnchor: "b"),
            style: Trial.Original(name: "Drums", path: "c"), systems: trial.systems)
        #expect(!refuses([plain], by: .mushra, criteria: [.content, .quality]))
        #expect(refuses([plain], by: .mushra, criteria: [.content, .style]))
    }

    @Test func scalesHaveTheStandardsLabels() {
        #expect(ListeningMethod.mushra.scale == 0...100 && ListeningMethod.rating.scale == 1...5)
        #expect(ListeningMethod.mushra.labels == ["Bad", "Poor", "Fair", "Good", "Excellent"])
        #expect(ListeningMethod.ab.scale == nil && ListeningMethod.ab.labels.isEmpty)
    }
}
