// SPDX-License-Identifier: Apache-2.0

/// The files of the studio's pages, compiled into the program.
public enum StudioPage {
    /// The studio's own.
    public static var index: [UInt8] { PackageResources.index_html }

    /// That of a listening test.
    public static var listening: [UInt8] { PackageResources.listen_html }

    /// What they load, by its name, with its media type; nil where there is none.
    public static func asset(_ name: String) -> (bytes: [UInt8], type: String)? {
        guard let bytes = assets[name] else { return nil }
        let types = [
            "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8", "svg": "image/svg+xml",
        ]
        return (bytes, types[String(name.split(separator: ".").last ?? "")] ?? "application/octet-stream")
    }

    private static let assets: [String: [UInt8]] = [
        "api.js": PackageResources.api_js,
        "audio.js": PackageResources.audio_js,
        "bin.js": PackageResources.bin_js,
        "choice.js": PackageResources.choice_js,
        "curve.js": PackageResources.curve_js,
        "details.js": PackageResources.details_js,
        "dock.js": PackageResources.dock_js,
        "dom.js": PackageResources.dom_js,
        "estimates.js": PackageResources.estimates_js,
        "icon.svg": PackageResources.icon_svg,
        "knob.js": PackageResources.knob_js,
        "library.js": PackageResources.library_js,
        "listen.js": PackageResources.listen_js,
        "listening.js": PackageResources.listening_js,
        "main.js": PackageResources.main_js,
        "method.js": PackageResources.method_js,
        "news.js": PackageResources.news_js,
        "picker.js": PackageResources.picker_js,
        "player.js": PackageResources.player_js,
        "queue.js": PackageResources.queue_js,
        "rating.js": PackageResources.rating_js,
        "recorder-worklet.js": PackageResources.recorder_worklet_js,
        "recorder.js": PackageResources.recorder_js,
        "region.js": PackageResources.region_js,
        "settings.js": PackageResources.settings_js,
        "store.js": PackageResources.store_js,
        "studio.css": PackageResources.studio_css,
        "text.js": PackageResources.text_js,
        "wells.js": PackageResources.wells_js,
    ]
}
