// SPDX-License-Identifier: Apache-2.0

extension Preset {
    private static func mosaic(
        _ name: String, _ title: String, source: String, _ departures: [String], _ settings: SettingValues = [:]
    ) -> Preset {
        Preset(
            name: name, title: title, source: source, departures: departures,
            settings: ([\.backend: "mosaic"] as SettingValues).over(settings))
    }

    /// What all modes have of their own.
    private static let filterDepartures = [
        "What plays is filtered, so that its envelope over time and frequency is the content's, carried over to where the style's lie by "
            + "optimal transport of Gaussians: loudness and articulation are the content's, colour is the style's.",
        "Under it runs the style's own recording as it is, 4.4 dB below, over and over. It makes room in each frequency for what plays, and "
            + "fills gaps; half a second after the content it fades. --ground sets its amplitude.",
        "Rate and channels are the content's: nothing is resampled but the style.",
    ]

    /// What is run where nothing else is asked for.
    public static let mosaic = mosaic(
        "mosaic", "Our own: the content played with the style's own sound, in the mode that suits both",
        source: "this project, from the three systems of mosaic-grains, mosaic-tonal and mosaic-play",
        [
            "The sounds decide the mode: grains where the content is spoken or the style is not tonal; else tonal, unless the style's "
                + "spectra cannot compose the content's. --mode decides instead; --mode all makes all three."
        ] + filterDepartures)

    static let mosaicGrains = mosaic(
        "mosaic-grains", "Our own: grains of the style, for speech and for styles that are not tonal",
        source: "this project, from concatenative synthesis (Schwarz, 2006) and PSOLA (Moulines and Charpentier, 1990)",
        [
            "Grains are chosen frame by frame on one path over the whole sound, by the shape of their envelope, by pitch and by level; "
                + "units of notes or phones are not needed.",
            "Each grain is one pitch period, laid at the content's: a style without pitch is given the content's.",
        ] + filterDepartures, [\.mode: "grains"])

    static let mosaicTonal = mosaic(
        "mosaic-tonal", "Our own: spectra of the style at any pitch, for a tonal style and any music",
        source: "this project, from Let It Bee (Driedger, Praetzlich, Mueller, 2015)",
        [
            "The style is transposed by semitones, so that it plays notes that it does not have.",
            "Sound comes from the style's samples, each shifted to where it fits best, and not from its magnitudes with "
                + "estimated phases: less roughness.",
        ] + filterDepartures, [\.mode: "tonal"])

    static let mosaicPlay = mosaic(
        "mosaic-play", "Our own: the style's recording at varying speed, which plays the content's melody",
        source: "this project; varispeed is as old as the turntable",
        [
            "The place in the recording is chosen anew at onsets and where another one fits clearly better.",
            "The melody is moved by whole octaves to where the style lies; --octave decides instead.",
        ] + filterDepartures, [\.mode: "play"])
}
