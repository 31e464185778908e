// swift-tools-version: 6.0
// SPDX-License-Identifier: Apache-2.0
import PackageDescription

// Programs of a few lines: `make examples` builds and runs them.
let package = Package(
    name: "Examples",
    dependencies: [.package(name: "wavestyle", path: "..")],
    targets: ["transfer", "activations", "custom-loss"].map { name in
        .executableTarget(name: name, dependencies: [.product(name: "WavestyleKit", package: "wavestyle")])
    },
    swiftLanguageModes: [.v6]
)
