// SPDX-License-Identifier: Apache-2.0

/// A page that stands by itself: sounds to hear, pictures, figures.
public struct Page: Sendable {
    /// Of the page.
    public var title: String
    /// Before the sections, one paragraph each.
    public var introduction: [String]
    /// From top to bottom.
    public var sections: [Section]

    /// A page.
    public init(title: String, introduction: [String] = [], sections: [Section]) {
        (self.title, self.introduction, self.sections) = (title, introduction, sections)
    }

    /// A heading with what belongs to it. What is empty is not shown.
    public struct Section: Sendable {
        /// The heading.
        public var title: String
        /// Under the heading.
        public var paragraphs: [String] = []
        /// Played in step, each with its spectrogram.
        public var sounds: [Sound] = []
        /// Pictures of curves: a logarithmic axis becomes linear where no value is above 0.
        public var charts: [Chart] = []
        /// Figures.
        public var tables: [Table] = []
        /// Names and values, folded away.
        public var settings: [(name: String, value: String)] = []
        /// What a shell runs to have it again.
        public var command: String?

        /// A section.
        public init(title: String) { self.title = title }
    }

    /// A sound that can be heard and seen.
    public struct Sound: Sendable {
        /// As short as a button's.
        public var title: String
        /// What it is, in a line.
        public var caption: String
        /// Mono samples.
        public var samples: [Float]
        /// In hertz.
        public var sampleRate: Int

        /// A sound.
        public init(title: String, caption: String, samples: [Float], sampleRate: Int) {
            (self.title, self.caption, self.samples, self.sampleRate) = (title, caption, samples, sampleRate)
        }
    }

    /// Rows of cells under a heading; the first column names the row.
    public struct Table: Sendable {
        /// What it shows.
        public var caption: String
        /// One for each column.
        public var columns: [String]
        /// Each as long as ``columns``.
        public var rows: [[String]]
        /// A footnote for each row, shown on demand; empty for none.
        public var notes: [String]

        /// A table.
        public init(caption: String, columns: [String], rows: [[String]], notes: [String] = []) {
            (self.caption, self.columns, self.rows, self.notes) = (caption, columns, rows, notes)
        }
    }
}
