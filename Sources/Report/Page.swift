// SPDX-License-Identifier: Apache-2.0

/// A self-contained page: sounds to hear, pictures, figures.
public struct Page: Sendable {
    /// The page's title.
    public var title: String
    /// Paragraphs before the sections.
    public var introduction: [String]
    /// From top to bottom.
    public var sections: [Section]

    /// A page.
    public init(title: String, introduction: [String] = [], sections: [Section]) {
        (self.title, self.introduction, self.sections) = (title, introduction, sections)
    }

    /// A heading with its contents. Empty parts are not shown.
    public struct Section: Sendable {
        /// The heading.
        public var title: String
        /// Paragraphs under the heading.
        public var paragraphs: [String] = []
        /// Played in sync, each with its spectrogram.
        public var sounds: [Sound] = []
        /// Pictures of curves: a logarithmic axis becomes linear if no value is above 0.
        public var charts: [Chart] = []
        /// Figures.
        public var tables: [Table] = []
        /// Names and values, collapsed.
        public var settings: [(name: String, value: String)] = []
        /// The shell command that makes it again.
        public var command: String?

        /// A section.
        public init(title: String) { self.title = title }
    }

    /// A sound that can be heard and seen.
    public struct Sound: Sendable {
        /// Short, for a button.
        public var title: String
        /// A one-line description.
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
        /// The caption.
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
