// swift-tools-version: 6.0
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// A package of its own: libFuzzer brings its own main, and the flags it takes are not for packages that others depend on.
let package = Package(
    name: "wavestyle-fuzz",
    dependencies: [.package(name: "wavestyle", path: "..")],
    targets: [
        .executableTarget(
            name: "wavestyle-fuzz", dependencies: [.product(name: "FuzzBodies", package: "wavestyle")],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])])
    ],
    swiftLanguageModes: [.v6]
)
