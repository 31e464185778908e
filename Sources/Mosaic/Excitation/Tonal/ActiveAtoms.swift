// SPDX-License-Identifier: Apache-2.0

/// The atoms that a block of frames is composed of: all, or some.
struct ActiveAtoms {
    /// Ascending.
    let atoms: [Int]
    /// The first and last atom of each one's copy.
    private let ranges: [ClosedRange<Int>]
    /// `[atoms, bins]`; nil where it is the whole dictionary.
    private let spectra: [Float]?
    var count: Int { atoms.count }

    init(all dictionary: AtomDictionary) { self.init(Array(0..<dictionary.count), dictionary) }

    init(_ atoms: [Int], _ dictionary: AtomDictionary) {
        self.atoms = atoms
        var copy = 0
        ranges = atoms.map { atom in
            while dictionary.starts[copy + 1] <= atom { copy += 1 }
            return dictionary.starts[copy]...dictionary.starts[copy + 1] - 1
        }
        let bins = AtomDictionary.bins
        spectra =
            atoms.count == dictionary.count
            ? nil : atoms.flatMap { dictionary.spectra[$0 * bins..<($0 + 1) * bins] }
    }

    func withSpectra(_ dictionary: AtomDictionary, _ body: (UnsafePointer<Float>) -> Void) {
        (spectra ?? dictionary.spectra).withUnsafeBufferPointer { if let start = $0.baseAddress { body(start) } }
    }

    /// The atoms that are among so many of the strongest in any frame.
    func strongest(_ rank: Int, of h: [Float], frames: Int) -> [Int] {
        var isKept = [Bool](repeating: false, count: count)
        h.withUnsafeBufferPointer { h in
            for frame in 0..<frames {
                let row = UnsafeBufferPointer(rebasing: h[frame * count..<(frame + 1) * count])
                let least = max(row.largest(rank), .leastNormalMagnitude)
                for (place, value) in row.enumerated() where value >= least { isKept[place] = true }
            }
        }
        return zip(atoms, isKept).filter(\.1).map(\.0)
    }

    /// The activations of some of these atoms.
    func values(_ h: [Float], of some: [Int], frames: Int) -> [Float] {
        var places = [Int]()
        var place = 0
        for atom in some {
            while atoms[place] != atom { place += 1 }
            places.append(place)
        }
        return (0..<frames).flatMap { frame in places.map { h[frame * count + $0] } }
    }

    /// `sum_k h[t + k, r + k]`, within a copy.
    func diagonalSums(_ h: [Float], frames: Int, reach: Int) -> [Float] {
        var sums = [Float](repeating: 0, count: h.count)
        // For each shift runs of atoms whose neighbour is there, so that rows are added piece by piece.
        for shift in -reach...reach {
            let runs = runs(shift: shift)
            h.withUnsafeBufferPointer { h in
                sums.withUnsafeMutableBufferPointer { sums in
                    for frame in max(0, -shift)..<max(min(frames, frames - shift), max(0, -shift)) {
                        for run in runs {
                            let (to, from) = (frame * count + run.place, (frame + shift) * count + run.neighbour)
                            for i in 0..<run.count { sums[to + i] += h[from + i] }
                        }
                    }
                }
            }
        }
        return sums
    }

    private func runs(shift: Int) -> [(place: Int, neighbour: Int, count: Int)] {
        var runs: [(place: Int, neighbour: Int, count: Int)] = []
        var neighbour = 0
        for (place, atom) in atoms.enumerated() {
            let wanted = atom + shift
            guard ranges[place].contains(wanted) else { continue }
            while neighbour < count - 1, atoms[neighbour] < wanted { neighbour += 1 }
            while neighbour > 0, atoms[neighbour] > wanted { neighbour -= 1 }
            guard atoms[neighbour] == wanted else { continue }
            if let last = runs.last, last.place + last.count == place, last.neighbour + last.count == neighbour {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((place, neighbour, 1))
            }
        }
        return runs
    }
}

extension UnsafeBufferPointer<Float> {
    /// The value of a rank from 1, the largest; the least of all where there are not so many.
    func largest(_ rank: Int) -> Float {
        let rank = Swift.min(rank, count)
        guard rank > 0 else { return -.infinity }
        var best = [Float](repeating: -.infinity, count: rank)
        for value in self where value > best[rank - 1] {
            var place = rank - 1
            while place > 0, best[place - 1] < value {
                best[place] = best[place - 1]
                place -= 1
            }
            best[place] = value
        }
        return best[rank - 1]
    }
}
